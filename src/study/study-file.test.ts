import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { makeSmallStudy } from "../../test/small-study.ts";
import { readStudy } from "./study-file.ts";

let folder: string;
const folders: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "study-"));
  folders.push(folder);
});
afterAll(() => {
  for (const each of folders) rmSync(each, { recursive: true, force: true });
});

test("images are numbered through main, practice and catch", async () => {
  await makeSmallStudy(folder, { each: 6, practiceEach: 2, catchEach: 1 });
  const study = await readStudy(folder);
  expect(study.images.map(({ id }) => id)).toEqual(Array.from({ length: 18 }, (_, i) => i + 1));
  expect(study.images.map(({ role }) => role)).toEqual([
    ...Array(12).fill("main"),
    ...Array(4).fill("practice"),
    ...Array(2).fill("catch"),
  ]);
  expect(study.images[1]).toMatchObject({
    name: "main/1.png",
    file: join(folder, "main/1.png"),
    label: "Real",
    source: "camera",
    saliency: null,
    subject: null,
    split: "train",
    isTarget: false,
    width: 48,
    height: 32,
  });
  expect(study.notes).toEqual([]);
});

test("without a manifest for practice, main images are set aside, always the same", async () => {
  await makeSmallStudy(folder, { each: 10, settings: { practiceTrials: 3 } });
  const study = await readStudy(folder);
  const aside = study.images.filter(({ role }) => role === "practice");
  expect(aside.map(({ isTarget }) => isTarget).sort()).toEqual([false, false, false, true, true, true]);
  expect((await readStudy(folder)).images).toEqual(study.images);
  expect(study.notes.join()).toContain("6 main images, drawn by the seed, are set aside for practice");
  await makeSmallStudy(folder, { each: 10, settings: { practiceTrials: 3, seed: 2 } });
  expect((await readStudy(folder)).images).not.toEqual(study.images);
});

test("sizes are remembered by content", async () => {
  await makeSmallStudy(folder, { each: 6 });
  const { hash } = (await readStudy(folder)).images[3];
  // Another size than the file's shows where it comes from.
  const file = join(folder, "images", "sizes.json");
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), [hash]: [7, 5] }));
  expect((await readStudy(folder)).images[3]).toMatchObject({ width: 7, height: 5 });
});

test("damaged indexes are made anew", async () => {
  await makeSmallStudy(folder, { each: 6 });
  const first = await readStudy(folder);
  for (const name of ["sizes.json", "contents.json"]) writeFileSync(join(folder, "images", name), '{"a":[');
  expect(await readStudy(folder)).toEqual(first);
});

test("paths may be absolute, and texts are read", async () => {
  await makeSmallStudy(folder, { each: 6 });
  const elsewhere = mkdtempSync(join(tmpdir(), "study-"));
  folders.push(elsewhere);
  writeFileSync(join(elsewhere, "de.yaml"), "page.continue: Weiter\n");
  await makeSmallStudy(elsewhere, {
    each: 6,
    settings: { images: { manifest: join(folder, "main.csv") }, texts: "de.yaml" },
  });
  const study = await readStudy(elsewhere);
  expect(study.images[0].file).toBe(join(folder, "main/0.png"));
  expect(study.texts).toEqual({ "page.continue": "Weiter" });
});

test("labels of which one is used up long before the other are noted", async () => {
  await makeSmallStudy(folder, { each: 12, settings: { pairs: { targetOther: 2, targetTarget: 1 } } });
  expect((await readStudy(folder)).notes).toEqual([
    'images with the label "Synthetic" have their 6 judgements after 18 participants of a condition, the others after 36: the former are judged about 12 times in the end',
  ]);
});

test("sizes that give the label away are noted", async () => {
  await makeSmallStudy(folder, { each: 4 });
  expect((await readStudy(folder)).notes).toEqual([]);
  const { default: sharp } = await import("sharp");
  for (let i = 0; i < 8; i += 2) {
    const larger = await sharp(join(folder, `main/${i}.png`))
      .resize(60, 40)
      .png()
      .toBuffer();
    writeFileSync(join(folder, `main/${i}.png`), larger);
  }
  expect((await readStudy(folder)).notes.join()).toContain("participants can tell them by their size");
  // Reduced for show, they are of one size.
  await makeSmallStudy(folder, { each: 4, settings: { images: { manifest: "main.csv", longestSide: 32 } } });
  expect((await readStudy(folder)).notes).toEqual([]);
});

test.each<[string, (folder: string) => Promise<void> | void, string]>([
  ["no file", () => {}, "cannot read FOLDER/study.yaml: no such file or folder"],
  [
    "an image under two names",
    async (at) => {
      await makeSmallStudy(at);
      copyFileSync(join(at, "main/2.png"), join(at, "main/5.png"));
    },
    'FOLDER/main.csv:7: "main/5.png" is the same image as "main/2.png" (FOLDER/main.csv:4); an image has one place in a study',
  ],
  [
    "an image in two roles, by content",
    async (at) => {
      await makeSmallStudy(at, { practiceEach: 2 });
      copyFileSync(join(at, "main/2.png"), join(at, "practice/1.png"));
    },
    'FOLDER/practice.csv:3: "practice/1.png" is the same image as "main/2.png" (FOLDER/main.csv:4); an image has one place in a study',
  ],
  [
    "an image in two roles, by path",
    async (at) => {
      await makeSmallStudy(at, { practiceEach: 2 });
      appendFileSync(join(at, "practice.csv"), "train,Real,main/1.png,\n");
    },
    'FOLDER/practice.csv:6: "main/1.png" is the same image as "main/1.png" (FOLDER/main.csv:3); an image has one place in a study',
  ],
  [
    "a label that is not there",
    (at) => makeSmallStudy(at, { settings: { question: { text: "Which?", target: "synthetic" } } }),
    'FOLDER/study.yaml: question.target: no image of FOLDER/main.csv has the label "synthetic" — did you mean "Synthetic"?; there are Real, Synthetic',
  ],
  [
    "one label only",
    async (at) => {
      await makeSmallStudy(at);
      writeFileSync(join(at, "main.csv"), "split,label,path\ntrain,Synthetic,main/0.png\n");
    },
    'FOLDER/study.yaml: question.target: all images of FOLDER/main.csv have the label "Synthetic"; pairs need another',
  ],
  [
    "too few images for a participant",
    (at) => makeSmallStudy(at, { each: 5, settings: { pairs: { targetOther: 4, otherOther: 1 } } }),
    'FOLDER/study.yaml: pairs: a participant would need 6 main images without the label "Synthetic", there are 5',
  ],
  [
    "too few images for catch trials",
    (at) => makeSmallStudy(at, { catchEach: 1, settings: { catchTrials: 2 } }),
    'FOLDER/study.yaml: catchTrials: a participant would need 2 catch images with the label "Synthetic", there are 1',
  ],
  [
    "a manifest that is not there",
    (at) => makeSmallStudy(at, { settings: { images: { manifest: "main.cvs" } } }),
    "cannot read FOLDER/main.cvs: no such file or folder",
  ],
  [
    "an image that is not there",
    async (at) => {
      await makeSmallStudy(at);
      rmSync(join(at, "main/3.png"));
    },
    "cannot read FOLDER/main/3.png: no such file or folder",
  ],
  [
    "an image that is none",
    async (at) => {
      await makeSmallStudy(at);
      writeFileSync(join(at, "main/3.png"), "hello");
    },
    "FOLDER/main.csv:5: FOLDER/main/3.png: not an image that can be read (JPEG, PNG, WebP, GIF, TIFF and AVIF can)",
  ],
  [
    "texts that are none",
    async (at) => {
      await makeSmallStudy(at, { settings: { texts: "texts.yaml" } });
      writeFileSync(join(at, "texts.yaml"), "page.continue: [1]\n");
    },
    "FOLDER/texts.yaml: page.continue: Invalid input: expected string, received array",
  ],
  [
    "a text that the pages do not have",
    async (at) => {
      await makeSmallStudy(at, { settings: { texts: "texts.yaml" } });
      writeFileSync(join(at, "texts.yaml"), "page.continu: Weiter\n");
    },
    'FOLDER/texts.yaml: the pages have no text "page.continu" — did you mean "page.continue"?; src/study/contract/texts.ts lists them',
  ],
])("refuses %s", async (_, make, message) => {
  await make(folder);
  const error = await readStudy(folder).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: "InputError" });
  expect((error as Error).message.replaceAll(folder, "FOLDER")).toBe(message);
});
