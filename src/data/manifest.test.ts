import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { InputError } from "../base/errors.ts";
import { type ManifestOptions, readManifest, requireSamples, requireTrainable, samplesOf } from "./manifest.ts";
import { splits } from "./sample.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "manifest-"));
  file = join(folder, "m.csv");
});

function read(content: string | Uint8Array, options?: ManifestOptions) {
  writeFileSync(file, content);
  return readManifest(file, options);
}

/** The complaint, one line, without the folder that the test made. */
function complaint(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    const { message } = error as InputError;
    expect(message).not.toMatch(/[\r\n]/);
    return message.replaceAll(`${folder}/`, "").replaceAll(folder, ".");
  }
  throw new Error("nothing was refused");
}

describe("a manifest with a header", () => {
  test("columns in any order, optional ones empty", () => {
    const manifest = read(
      "path,source,label,subject,saliency,split\n" +
        "a/1.png,camera,Real,ann,maps/1.png,train\n" +
        'a/../"2.png,,Synthetic,,,val\n'.replace('"2', "2") +
        '"with ""quotes"", a comma.png",,Real,,,test\n',
    );
    expect(manifest).toEqual({
      file,
      classes: ["Real", "Synthetic"],
      notes: [],
      samples: [
        {
          split: "train",
          label: "Real",
          path: join(folder, "a/1.png"),
          name: "a/1.png",
          saliency: join(folder, "maps/1.png"),
          source: "camera",
          subject: "ann",
          line: 2,
        },
        { split: "val", label: "Synthetic", path: join(folder, "2.png"), name: "a/../2.png", line: 3 },
        {
          split: "test",
          label: "Real",
          path: join(folder, 'with "quotes", a comma.png'),
          name: 'with "quotes", a comma.png',
          line: 4,
        },
      ],
    });
  });

  test("roots of its own for images and maps", () => {
    mkdirSync(join(folder, "images"));
    mkdirSync(join(folder, "maps"));
    const [sample] = read("split,label,path,saliency\ntrain,A,1.png,1.png\n", {
      imageRoot: join(folder, "images"),
      mapRoot: join(folder, "maps"),
    }).samples;
    expect(sample).toMatchObject({ path: join(folder, "images/1.png"), saliency: join(folder, "maps/1.png") });
  });

  test("an absolute path inside the root, and any path below the root /", () => {
    const content = `split,label,path\ntrain,A,${folder}/1.png\n`;
    expect(read(content).samples[0].path).toBe(join(folder, "1.png"));
    expect(read(content, { imageRoot: "/" }).samples[0].path).toBe(join(folder, "1.png"));
  });

  test.each([
    ["byte order mark and CRLF", "\ufeffsplit,label,path\r\ntrain,A,1.png\r\nval,B,2.png\r\n"],
    ["no line end at the end", "split,label,path\ntrain,A,1.png\nval,B,2.png"],
    ["mixed line ends", "split,label,path\r\ntrain,A,1.png\nval,B,2.png\r\n"],
    ["old Macintosh line ends", "split,label,path\rtrain,A,1.png\rval,B,2.png\r"],
  ])("%s", (_, content) => {
    const { samples } = read(content);
    expect(samples.map(({ split, label, name, line }) => [split, label, name, line])).toEqual([
      ["train", "A", "1.png", 2],
      ["val", "B", "2.png", 3],
    ]);
  });

  test("blank lines are skipped, and counted", () => {
    expect(read("split,label,path\n\ntrain,A,1.png\n\n\nval,B,2.png\n\n").samples.map(({ line }) => line)).toEqual([
      3, 6,
    ]);
  });

  test("classes keep the order in which they are given; without it they are sorted", () => {
    const content = "split,label,path\ntrain,Zebra,1.png\ntrain,Ape,2.png\n";
    expect(read(content).classes).toEqual(["Ape", "Zebra"]);
    expect(read(content, { classes: ["Zebra", "Ape", "Owl"] }).classes).toEqual(["Zebra", "Ape", "Owl"]);
  });

  test("without a column saliency, maps are found by name in the map root", () => {
    mkdirSync(join(folder, "maps"));
    writeFileSync(join(folder, "maps/1.png"), "");
    const options = { mapRoot: join(folder, "maps") };
    const { samples } = read("split,label,path\ntrain,A,x/1.jpg\ntrain,B,2.jpg\nval,B,1.jpg\n", options);
    expect(samples.map(({ saliency }) => saliency)).toEqual([join(folder, "maps/1.png"), undefined, undefined]);
  });
});

describe("the published form", () => {
  test("a leading / is the image root; maps by name; test becomes val, and it says so", () => {
    mkdirSync(join(folder, "images"));
    mkdirSync(join(folder, "heat"));
    writeFileSync(join(folder, "heat/a.png"), "");
    const manifest = read("train,Synthetic,/train/a.png\ntrain,Real,/train/b.png\ntest,Real,/val/a.png\n", {
      imageRoot: join(folder, "images"),
      mapRoot: join(folder, "heat"),
    });
    expect(manifest.samples).toEqual([
      {
        split: "train",
        label: "Synthetic",
        path: join(folder, "images/train/a.png"),
        name: "/train/a.png",
        saliency: join(folder, "heat/a.png"),
        line: 1,
      },
      { split: "train", label: "Real", path: join(folder, "images/train/b.png"), name: "/train/b.png", line: 2 },
      { split: "val", label: "Real", path: join(folder, "images/val/a.png"), name: "/val/a.png", line: 3 },
    ]);
    expect(manifest.notes).toEqual([
      "no header and no split val: the 1 row of split test are taken as val, as in the published files",
    ]);
  });

  test("test stays test beside val, and in a test set by itself", () => {
    const beside = read("train,A,/1.png\nval,A,/2.png\ntest,A,/3.png\n");
    expect([beside.samples[2].split, beside.notes]).toEqual(["test", []]);
    const alone = read("test,A,/1.png\n");
    expect([alone.samples[0].split, alone.notes]).toEqual(["test", []]);
  });

  test("two training images of one name do not share a map", () => {
    mkdirSync(join(folder, "heat"));
    writeFileSync(join(folder, "heat/a.png"), "");
    const act = () => read("train,A,/x/a.png\ntrain,B,/y/a.jpg\n", { mapRoot: join(folder, "heat") });
    expect(complaint(act)).toBe(
      'm.csv:2: "/y/a.jpg" and that of line 1 would share the map a.png; name their maps in a column saliency',
    );
  });
});

describe("is refused in one line", () => {
  const header = "split,label,path";
  const manySplits = "there are train, val, test";
  test.each<[string, string | Uint8Array, string, ManifestOptions?]>([
    ["empty", "", "m.csv: the file is empty; a manifest has a header and a row for each image"],
    ["blank lines alone", "\n\n", "m.csv: the file is empty; a manifest has a header and a row for each image"],
    ["header alone", `${header}\n`, "m.csv: a header, but no rows"],
    [
      "unknown column",
      "split,label,path,salience\n",
      'm.csv:1: unknown column "salience" — did you mean "saliency"?; there are split, label, path, saliency, source, subject',
    ],
    [
      "column in other letter case",
      "split,Label,path\n",
      'm.csv:1: unknown column "Label" — did you mean "label"?; there are split, label, path, saliency, source, subject',
    ],
    ["missing columns", "label,source\n", "m.csv:1: the header lacks split and path"],
    ["the same column twice", `${header},label\n`, "m.csv:1: column label is there twice"],
    [
      "neither header nor row",
      "file,class\n",
      'm.csv:1: "file,class" is neither a header (split,label,path[,saliency][,source][,subject]) nor a row like train,Real,/train/1.png',
    ],
    [
      "unknown split",
      `${header}\ntrian,A,1.png\n`,
      `m.csv:2: unknown split "trian" — did you mean "train"?; ${manySplits}`,
    ],
    ["far split", "train,A,1.png\nholdout,A,2.png\n", `m.csv:2: unknown split "holdout"; ${manySplits}`],
    ["empty split", `${header}\n,A,1.png\n`, `m.csv:2: split is empty; ${manySplits}`],
    ["empty label", `${header}\ntrain,,1.png\n`, "m.csv:2: label is empty"],
    ["empty path", `${header}\ntrain,A,\n`, "m.csv:2: path is empty"],
    ["padded label", `${header}\ntrain,A ,1.png\n`, 'm.csv:2: label "A " has spaces around it'],
    [
      "unknown label",
      `${header}\ntrain,Real,1.png\ntrain,synthetic,2.png\n`,
      'm.csv:3: unknown label "synthetic" — did you mean "Synthetic"?; there are Real, Synthetic',
      { classes: ["Real", "Synthetic"] },
    ],
    ["class named twice", `${header}\ntrain,A,1.png\n`, 'classes: "A" is named twice', { classes: ["A", "B", "A"] }],
    [
      "duplicate",
      `${header}\ntrain,A,1.png\nval,A,2.png\nval,B,1.png\n`,
      'm.csv:4: path "1.png" is that of line 2 already',
    ],
    [
      "disguised duplicate",
      `${header}\ntrain,A,1.png\nval,B,x/../1.png\n`,
      'm.csv:3: path "x/../1.png" is that of line 2 already',
    ],
    [
      "climbing path",
      `${header}\ntrain,A,../1.png\n`,
      'm.csv:2: the path "../1.png" is not inside ., the folder that it is relative to',
    ],
    [
      "climbing map",
      `${header},saliency\ntrain,A,1.png,a/../../1.png\n`,
      'm.csv:2: the path "a/../../1.png" is not inside ., the folder that it is relative to',
    ],
    [
      "absolute path elsewhere",
      `${header}\ntrain,A,/etc/passwd\n`,
      'm.csv:2: the path "/etc/passwd" is not inside ., the folder that it is relative to',
    ],
    [
      "climbing path of the published form",
      "train,A,/../1.png\n",
      'm.csv:1: the path "/../1.png" is not inside ., the folder that it is relative to',
    ],
    [
      "the root itself",
      `${header}\ntrain,A,.\n`,
      'm.csv:2: the path "." is not inside ., the folder that it is relative to',
    ],
    ["long row", `${header}\ntrain,A,1.png,x\n`, "m.csv:2: the row has 4 fields, the header has 3"],
    ["short row", `${header}\ntrain,A\n`, "m.csv:2: the row has 2 fields, the header has 3"],
    [
      "ragged published form",
      "train,A,/1.png\ntrain,A,/2.png,x\n",
      "m.csv:2: the row has 4 fields, not split,label,path",
    ],
    [
      "quote that never ends",
      `${header}\ntrain,A,"1.png\nval,B,2.png\n`,
      "m.csv:2: a quoted field begins here and never ends",
    ],
    [
      "text behind a quoted field",
      `${header}\ntrain,A,"1".png\n`,
      'm.csv:2: a quoted field is followed by other text (a quote inside quotes is written "")',
    ],
    [
      "quote in a plain field",
      `${header}\ntrain,A,1".png\n`,
      'm.csv:2: a quote inside a field that is not quoted (write the whole field in quotes, and "" for a quote)',
    ],
    [
      "NUL",
      `${header}\ntrain,A,1\0.png\n`,
      "m.csv:2: a field holds the control character U+0000 (NUL); is this UTF-16, or no text at all? A manifest is UTF-8 text",
    ],
    ["line end in a path", `${header}\ntrain,A,"1\n.png"\n`, "m.csv:3: a field holds the control character U+000A"],
    [
      "Latin-1",
      Buffer.from(`${header}\ntrain,A,M\u00fcller.png\n`, "latin1"),
      "m.csv:2: a character that is not UTF-8; save the file as UTF-8",
    ],
    [
      "no image root",
      `${header}\ntrain,A,1.png\n`,
      "cannot read the folder /nowhere: no such file or folder",
      { imageRoot: "/nowhere" },
    ],
    [
      "a file as map root",
      `${header}\ntrain,A,1.png\n`,
      "cannot read the folder /dev/null: it is a file",
      { mapRoot: "/dev/null" },
    ],
  ])("%s", (_, content, line, options) => {
    expect(complaint(() => read(content, options))).toBe(line);
  });

  test("a missing file, and a folder", () => {
    expect(complaint(() => readManifest(file))).toBe("cannot read m.csv: no such file or folder");
    expect(complaint(() => readManifest(folder))).toBe("cannot read .: it is a folder, not a file");
  });
});

describe("splits", () => {
  const manifest = (...rows: [string, string][]) =>
    read(`split,label,path\n${rows.map(([split, label], i) => `${split},${label},${i}.png\n`).join("")}`);

  test("samplesOf keeps the order", () => {
    const names = samplesOf(manifest(["val", "A"], ["train", "A"], ["val", "B"]), "val").map(({ name }) => name);
    expect(names).toEqual(["0.png", "2.png"]);
  });

  test("a split that is not there", () => {
    const given = manifest(["val", "A"], ["train", "A"], ["val", "B"]);
    expect(complaint(() => requireSamples(given, "test"))).toBe(
      "m.csv: no rows of split test; there are rows of train (1 row) and val (2 rows)",
    );
    expect(requireSamples(given, "val").length).toBe(2);
  });

  test.each<[string, [string, string][], string]>([
    ["no training rows", [["val", "A"]], "m.csv: no rows of split train; there are rows of val (1 row)"],
    [
      "one class in train",
      [
        ["train", "A"],
        ["val", "A"],
        ["val", "B"],
      ],
      "m.csv: split train has one class only, A (1 row); training needs at least two",
    ],
    [
      "no validation rows",
      [
        ["train", "A"],
        ["train", "B"],
      ],
      "m.csv: no rows of split val; there are rows of train (2 rows)",
    ],
    [
      "one class in val",
      [
        ["train", "A"],
        ["train", "B"],
        ["val", "B"],
        ["val", "B"],
      ],
      "m.csv: split val has one class only, B (2 rows); choosing the best epoch needs at least two",
    ],
    [
      "a class that is never trained",
      [
        ["train", "A"],
        ["train", "B"],
        ["val", "A"],
        ["val", "C"],
      ],
      "m.csv: class C has no rows in split train, which has A, B",
    ],
  ])("not trainable: %s", (_, rows, line) => {
    expect(complaint(() => requireTrainable(manifest(...rows)))).toBe(line);
  });

  test("trainable", () => {
    requireTrainable(manifest(["train", "A"], ["train", "B"], ["val", "A"], ["val", "B"]));
  });
});

describe("properties", () => {
  const word = fc
    .string({ unit: fc.constantFrom(..."aZ9 ,;\"'\u00fc\u6f22\u{1f642}%=#"), minLength: 1, maxLength: 12 })
    .filter((text) => text.trim() === text);
  const row = fc.record({
    split: fc.constantFrom(...splits),
    label: word,
    saliency: fc.option(word, { nil: undefined }),
    source: fc.option(word, { nil: undefined }),
    subject: fc.option(word, { nil: undefined }),
    name: word,
  });

  test("what csv-stringify writes is read back", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(row, { selector: ({ name }) => name, minLength: 1, maxLength: 20 }),
        fc.shuffledSubarray(["split", "label", "path", "saliency", "source", "subject"], { minLength: 6 }),
        fc.constantFrom("unix" as const, "windows" as const),
        fc.boolean(),
        (rows, order, delimiter, bom) => {
          const records = rows.map(({ name, ...rest }) => ({ ...rest, path: name }));
          const text = stringify(records, { header: true, columns: order, record_delimiter: delimiter, bom });
          const { samples, classes } = read(text);
          expect(samples.map(({ path, saliency, line, ...rest }) => rest)).toEqual(
            rows.map(({ saliency, ...rest }) => JSON.parse(JSON.stringify(rest))),
          );
          expect(samples.map(({ path }) => path)).toEqual(rows.map(({ name }) => join(folder, name)));
          expect(samples.map(({ saliency }) => saliency)).toEqual(
            rows.map(({ saliency }) => saliency && join(folder, saliency)),
          );
          expect(samples.map(({ line }) => line)).toEqual(rows.map((_, i) => i + 2));
          expect(classes).toEqual([...new Set(rows.map(({ label }) => label))].sort());
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a path is taken exactly if it stays below the root", () => {
    const steps = fc.array(fc.constantFrom("..", ".", "a", "b", ""), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(steps, fc.boolean(), (parts, published) => {
        // Walked by hand: the depth below the root, which must end above 0. Climbing out and back in by name is a
        // way in only for who knows the root's own name, and `a` and `b` are not it.
        const path = `${published ? "/" : "x/"}${parts.join("/")}`;
        let depth = published ? 0 : 1;
        let left = false;
        for (const part of parts) {
          if (part === "..") depth--;
          else if (part !== "." && part !== "") depth++;
          left ||= depth < 0;
        }
        const act = () => read(published ? `train,A,"${path}"\n` : `split,label,path\ntrain,A,"${path}"\n`);
        if (left || depth <= 0) expect(complaint(act)).toMatch(/is not inside/);
        else expect(act().samples[0].path.startsWith(`${folder}/`)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
