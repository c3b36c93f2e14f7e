import { CommanderError } from "commander";
import { expect, test } from "vitest";
import { InputError } from "../base/errors.ts";
import { reportError } from "./report-error.ts";

function report(error: unknown): { words: string[]; code: number } {
  const words: string[] = [];
  return { code: reportError(error, (text) => words.push(text)), words };
}

test("what was given wrongly is one line, without a stack", () => {
  expect(report(new InputError("a.csv: row 3: no label"))).toEqual({ words: ["a.csv: row 3: no label"], code: 2 });
});

test("a complaint of the argument parser is one line", () => {
  const error = new CommanderError(
    1,
    "commander.unknownCommand",
    "error: unknown command 'trian'\n(Did you mean train?)",
  );
  expect(report(error)).toEqual({ words: ["unknown command 'trian' (Did you mean train?)"], code: 2 });
});

test("help that was asked for is a success, help for want of a command is not", () => {
  expect(report(new CommanderError(0, "commander.helpDisplayed", "(outputHelp)"))).toEqual({ words: [], code: 0 });
  expect(report(new CommanderError(1, "commander.help", "(outputHelp)"))).toEqual({ words: [], code: 2 });
});

test("anything else is owned up to, with its stack", () => {
  const { words, code } = report(new TypeError("x is not a function"));
  expect(words[0]).toMatch(
    /^this is a fault of the program: TypeError: x is not a function\n {4}at .*report-error.test/s,
  );
  expect(code).toBe(70);
  expect(report("thrown text")).toEqual({ words: ["this is a fault of the program: thrown text"], code: 70 });
});
