/** A study's folder for tests: little images of two labels, their manifest, and a study.yaml. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { stringify } from "yaml";

export interface SmallStudy {
  /** Main images of each label. */
  each?: number;
  /** Images of each label in a manifest for catch trials; none without it. */
  catchEach?: number;
  practiceEach?: number;
  /** Settings over the plain ones; undefined takes one away. */
  settings?: Record<string, unknown>;
}

/** Makes `study.yaml`, `main.csv` and, where asked for, `practice.csv` and `catch.csv` in `folder`, with the images. */
export async function makeSmallStudy(folder: string, given: SmallStudy = {}): Promise<void> {
  const { each = 10, practiceEach, catchEach, settings = {} } = given;
  const images: Record<string, string> = { manifest: "main.csv" };
  await makeImages(folder, "main", each);
  if (practiceEach !== undefined) {
    await makeImages(folder, "practice", practiceEach);
    images.practice = "practice.csv";
  }
  if (catchEach !== undefined) {
    await makeImages(folder, "catch", catchEach);
    images.catch = "catch.csv";
  }
  writeSettings(folder, {
    name: "small",
    title: "A small study",
    images,
    question: { text: "Which image is synthetic?", target: "Synthetic" },
    pairs: { targetOther: 4 },
    practiceTrials: practiceEach ?? 0,
    catchTrials: catchEach ?? 0,
    consent: { version: "1", text: "I agree." },
    ...settings,
  });
}

export function writeSettings(folder: string, settings: Record<string, unknown>): void {
  writeFileSync(join(folder, "study.yaml"), stringify(settings));
}

/** `<name>.csv` and `<name>/0.png`, …; each image is another, and all are 48 × 32. */
async function makeImages(folder: string, name: string, each: number): Promise<void> {
  mkdirSync(join(folder, name), { recursive: true });
  const rows = ["split,label,path,source"];
  const salt = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 256, 7);
  for (let index = 0; index < 2 * each; index++) {
    const path = `${name}/${index}.png`;
    const pixels = new Uint8Array(48 * 32 * 3);
    // Some compress well, some badly, so that their sizes differ.
    for (let i = 0; i < pixels.length; i++) pixels[i] = (salt + index + (i * i * index) / 5) % 256;
    await sharp(pixels, { raw: { width: 48, height: 32, channels: 3 } })
      .png()
      .toFile(join(folder, path));
    rows.push(`train,${index % 2 === 0 ? "Synthetic,gan" : "Real,camera"}`.replace(/,(\w+)$/, `,${path},$1`));
  }
  writeFileSync(join(folder, `${name}.csv`), `${rows.join("\n")}\n`);
}
