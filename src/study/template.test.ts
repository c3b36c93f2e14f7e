import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { makeSmallStudy } from "../../test/small-study.ts";
import { protocolSchema } from "./protocol.ts";
import { initStudy } from "./template.ts";

let data: string;
let folder: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "template-"));
  folder = join(data, "My first Study!");
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const written = () => readFileSync(join(folder, "study.yaml"), "utf8");

test("a study that can be read, from a manifest alone", async () => {
  await makeSmallStudy(data, { each: 12 });
  const { protocol, notes } = await initStudy(folder, { images: join(data, "main.csv") });
  expect(protocol).toMatchObject({
    name: "my-first-study",
    question: { text: "Which image is synthetic?", target: "Synthetic" },
    pairs: { targetOther: 10, targetTarget: 0, otherOther: 0 },
    practiceTrials: 2,
    catchTrials: 0,
  });
  expect(notes.join()).toContain("consent.text is still the template");
  expect(protocol.consent.text).toContain("THIS IS A TEMPLATE, NOT A CONSENT TEXT.");
});

test("what is not asked for otherwise is the default, and every setting is there to be seen", async () => {
  await makeSmallStudy(data, { each: 30, catchEach: 3, practiceEach: 3 });
  const { protocol } = await initStudy(folder, {
    images: join(data, "main.csv"),
    practice: join(data, "practice.csv"),
    catch: join(data, "catch.csv"),
  });
  const { name, title, images, question, consent, questions } = parse(written());
  const plain = protocolSchema.parse({ name, title, images, question, consent, questions, pairs: { targetOther: 20 } });
  expect(protocol).toEqual(plain);
  const given = written();
  const settings = [
    ...Object.keys(protocolSchema.shape),
    ...["manifest", "practice", "catch", "longestSide", "text", "target", "targetOther", "targetTarget", "otherOther"],
    ...["on", "leastArea", "leastRegions", "version", "withdrawal", "before", "after", "platform"],
    ...["completionCode", "returnUrl", "rule"],
  ];
  for (const setting of settings) expect(given, setting).toMatch(new RegExp(`\\b${setting}:`));
  for (const rule of ["incomplete", "failed-catch", "too-fast", "one-side", "distracted"])
    expect(given).toContain(rule);
});

test("words with quotes, colons and line ends come through", async () => {
  await makeSmallStudy(data, { each: 6 });
  const title = 'A "study": #1\n{really} – ü';
  const { protocol } = await initStudy(folder, {
    images: join(data, "main.csv"),
    name: "other",
    title,
    target: "Real",
    question: "Which: 'this' or that?",
  });
  expect(protocol).toMatchObject({
    name: "other",
    title,
    question: { text: "Which: 'this' or that?", target: "Real" },
  });
});

test("nothing is overwritten", async () => {
  await makeSmallStudy(data, { each: 6 });
  const before = readFileSync(join(data, "study.yaml"), "utf8");
  await expect(initStudy(data, { images: join(data, "main.csv") })).rejects.toThrow(
    `${join(data, "study.yaml")} is there already; a new study needs another folder`,
  );
  expect(readFileSync(join(data, "study.yaml"), "utf8")).toBe(before);
});

test.each<[string, object, RegExp]>([
  ["a label that is not there", { target: "synthetic" }, /^target: no image of .* — did you mean "Synthetic"\?; there/],
  ["a name that is none", { name: "My Study" }, /study\.yaml: name: must be lower-case letters/],
  ["a manifest that is not there", { images: "/nowhere.csv" }, /^cannot read \/nowhere\.csv: no such file/],
])("%s is refused, and no study.yaml is left", async (_, settings, message) => {
  await makeSmallStudy(data, { each: 6 });
  await expect(initStudy(folder, { images: join(data, "main.csv"), ...settings })).rejects.toThrow(message);
  expect(existsSync(join(folder, "study.yaml"))).toBe(false);
});

test("a bad image is named, and once it is mended the same command works", async () => {
  await makeSmallStudy(data, { each: 6 });
  const image = join(data, "main", "4.png");
  const good = readFileSync(image);
  writeFileSync(image, "no image");
  const images = join(data, "main.csv");
  await expect(initStudy(folder, { images })).rejects.toThrow(`${image}: not an image that can be read`);
  writeFileSync(image, good);
  expect((await initStudy(folder, { images })).images).toHaveLength(12);
});
