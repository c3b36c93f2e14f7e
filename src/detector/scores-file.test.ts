import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { InputError } from "../base/errors.ts";
import { lineFormat, type ScoreFormat, type ScoreLine } from "./score-lines.ts";
import { openScoresFile } from "./scores-file.ts";

const classes = ["Real", "Syn,thetic"];
const scored = (path: string): ScoreLine => ({
  ...{ path, score: 0.25, verdict: "Real", logits: { Real: 1, "Syn,thetic": -1.5 }, model: "m" },
});
const failed = (path: string): ScoreLine => ({ path, error: 'it says "no", twice', model: "m" });

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oversight-scores-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  file = join(mkdtempSync(join(folder, "f-")), "scores");
});

describe.each(["jsonl", "csv"] as ScoreFormat[])("a scores file as %s", (name) => {
  const format = lineFormat(name, { classes });
  const add = async (...lines: ScoreLine[]) => {
    const scores = await openScoresFile(file, format, "m");
    for (const line of lines) await scores.add(line);
    await scores.close();
    return scores.done;
  };

  test("is gone on with: the scored stay, the failed go", async () => {
    expect(await add(scored("a"), failed("b"), scored("c"))).toEqual(new Set());
    expect(await add(scored("b"))).toEqual(new Set(["a", "c"]));
    const lines = ["a", "c", "b"].map((path) => format.write(scored(path)));
    expect(readFileSync(file, "utf8")).toBe(format.header + lines.join(""));
  });

  test("loses at most its last line, wherever it was cut off", async () => {
    await add(scored("a"), scored("b"));
    const whole = readFileSync(file);
    for (let length = format.write(scored("a")).length + format.header.length; length <= whole.length; length++) {
      writeFileSync(file, whole.subarray(0, length));
      const done = await add();
      expect(done.has("a")).toBe(true);
      if (!done.has("b")) await add(scored("b"));
      expect(readFileSync(file).equals(whole)).toBe(true);
    }
  });

  test("of another model is refused and left as it is", async () => {
    await add({ ...scored("a"), model: "other" });
    const before = readFileSync(file, "utf8");
    const line = name === "csv" ? 2 : 1;
    await expect(openScoresFile(file, format, "m")).rejects.toThrow(`${file}:${line}: a score of another model (other`);
    expect(readFileSync(file, "utf8")).toBe(before);
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  test.each(["notes of mine", "one\ntwo\nthree\n", '{"path":"x"}\n'])(
    "that is none (%j) is refused and left as it is",
    async (text) => {
      writeFileSync(file, text);
      await expect(openScoresFile(file, format, "m")).rejects.toThrow(InputError);
      expect(readFileSync(file, "utf8")).toBe(text);
    },
  );

  test("is written by one process at a time", async () => {
    const first = await openScoresFile(file, format, "m");
    await expect(openScoresFile(file, format, "m")).rejects.toThrow(/the scores file is held by process/);
    await first.close();
    await add();
  });

  test("any path comes back from its line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), fc.boolean(), (path, fails) => {
        fc.pre(name === "jsonl" || !/[\r\n]/.test(path));
        const text = format.write(fails ? failed(path) : scored(path));
        expect(text.split("\n")).toHaveLength(2);
        expect(format.read(text.slice(0, -1))).toEqual({ path, model: "m", failed: fails });
      }),
    );
  });
});
