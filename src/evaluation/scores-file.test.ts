import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { InputError } from "../base/errors.ts";
import type { ScoreRow } from "./scores.ts";
import { readScores, scoresPath, writeScores } from "./scores-file.ts";

const folder = mkdtempSync(join(tmpdir(), "scores-"));
afterAll(() => rmSync(folder, { recursive: true }));

const row: ScoreRow = {
  path: "a/1.png",
  label: "fake",
  source: "gan",
  score: 1.5,
  probability: 0.75,
  predicted: "fake",
};

describe("a score file", () => {
  test("has the header and one line an image", () => {
    const file = scoresPath(folder, "gan");
    writeScores(file, [row, { ...row, path: "b,2.png", source: "", score: -1e-7 }]);
    expect(file).toBe(join(folder, "scores", "gan.csv"));
    expect(readFileSync(file, "utf8")).toBe(
      'path,label,source,score,probability,predicted\na/1.png,fake,gan,1.5,0.75,fake\n"b,2.png",fake,,-1e-7,0.75,fake\n',
    );
  });

  test("gives back every row to the last bit, whatever the names", () => {
    const name = fc.string({ minLength: 1, unit: "binary" }).map((text) => `${text}"\n,`);
    const rows = fc.array(
      fc.record({
        path: name,
        label: name,
        source: fc.string(),
        score: fc.double({ noNaN: true, noDefaultInfinity: true }).map((s) => s + 0),
        probability: fc.double({ min: 0, max: 1, noNaN: true }).map((p) => p + 0),
        predicted: name,
      }),
    );
    const file = join(folder, "any.csv");
    fc.assert(
      fc.property(rows, (written) => {
        writeScores(file, written);
        expect(readScores(file)).toEqual(written);
      }),
      { numRuns: 50 },
    );
  });

  test("is not written when a score is not finite", () => {
    const file = join(folder, "nan.csv");
    expect(() => writeScores(file, [row, { ...row, path: "b.png", score: Number.NaN }])).toThrow(
      `${file}: row 2 (b.png): the score is NaN, not a finite number`,
    );
    expect(existsSync(file)).toBe(false);
  });
});

describe("reading refuses, naming file and line,", () => {
  const header = "path,label,source,score,probability,predicted\n";
  const good = "a.png,fake,gan,1,0.7,fake\n";
  const cases: [name: string, text: string, message: string][] = [
    ["an empty file", "", 'line 1: the header is "", not "path,label,source,score,probability,predicted"'],
    ["another header", "path,score\nx,1\n", 'line 1: the header is "path,score", not'],
    ["a column too few", `${header}${good}a.png,fake,gan,1,0.7\n`, "line 3"],
    ["an open quote", `${header}"a.png,fake,gan,1,0.7,fake\n`, "line 2"],
    [
      "a word for a score",
      `${header}${good}b.png,fake,gan,high,0.7,fake\n`,
      'line 3: score is "high", not a finite number',
    ],
    ["an empty score", `${header}b.png,fake,gan,,0.7,fake\n`, 'line 2: score is "", not a finite number'],
    ["NaN", `${header}b.png,fake,gan,NaN,0.7,fake\n`, 'line 2: score is "NaN", not a finite number'],
    [
      "an overflowing score",
      `${header}b.png,fake,gan,1e999,0.7,fake\n`,
      'line 2: score is "1e999", not a finite number',
    ],
    [
      "a probability above 1",
      `${header}b.png,fake,gan,1,1.2,fake\n`,
      'line 2: probability is "1.2", not a number from 0 to 1',
    ],
    ["an image without a path", `${header},fake,gan,1,0.2,fake\n`, 'line 2: path is "", not the path of an image'],
    ["an image without a label", `${header}b.png,,gan,1,0.2,fake\n`, 'line 2: label is "", not the name of a class'],
    [
      "an image without a prediction",
      `${header}b.png,fake,,1,0.2,\n`,
      'line 2: predicted is "", not the name of a class',
    ],
  ];
  test.each(cases)("%s", (_name, text, message) => {
    const file = join(folder, "bad.csv");
    writeFileSync(file, text);
    const reading = () => readScores(file);
    expect(reading).toThrow(InputError);
    expect(reading).toThrow(file);
    expect(reading).toThrow(message);
    expect(reading).not.toThrow(/\n/);
  });

  test("a file that is not there", () => {
    const file = join(folder, "none.csv");
    expect(() => readScores(file)).toThrow(new InputError(`cannot read ${file}: no such file or folder`));
  });
});
