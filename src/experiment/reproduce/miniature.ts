/**
 * A miniature of the paper's data as it is handed out: the same names of folders and files, the same forms of CSV, with a
 * few dozen drawn faces. To try `oversight reproduce cyborg` from end to end without the data, and to see what it expects.
 */
import { mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { explainSystemError, InputError } from "../../base/errors.ts";
import { ensureWritableFolder, writeFileAtomic } from "../../base/files.ts";
import { type RandomStream, randomStream } from "../../base/random.ts";
import * as published from "./published.ts";
import { type ClassName, classNames, labels } from "./published.ts";

export interface MiniatureOptions {
  /** Side of the images in pixels. */
  size?: number;
  /** Images of each class: for training (three times as many in the "7x" set), for validation, and of each test folder. */
  images?: { train: number; validation: number; test: number };
  seed?: number;
}

/**
 * Fills an empty folder; the same options give the same bytes.
 * @throws InputError when the folder holds something, or cannot be written
 */
export async function makeMiniature(folder: string, options: MiniatureOptions = {}): Promise<void> {
  const { size = 64, images = { train: 8, validation: 4, test: 3 }, seed = 1 } = options;
  ensureWritableFolder(folder);
  if (readdirSync(folder).length > 0) throw new InputError(`${folder} is not empty: choose another folder`);
  const draw = async (path: string, svg: string, channels: "srgb" | "b-w") => {
    const file = join(folder, "Data", path);
    try {
      mkdirSync(dirname(file), { recursive: true });
      await sharp(Buffer.from(svg)).removeAlpha().toColourspace(channels).png().toFile(file);
    } catch (error) {
      throw explainSystemError(error, "write", file);
    }
  };
  const faceOf = (path: string, name: ClassName) => new Face(randomStream(seed, path), name, size);

  const list = async (split: "train" | "test", within: string, count: number, prefix: string): Promise<string[]> => {
    const rows: string[] = [];
    for (const name of classNames) {
      for (let i = 0; i < count; i++) {
        const path = `${within}/${published.classFolders[name]}/${prefix}${name}-${String(i).padStart(3, "0")}.png`;
        await draw(path, faceOf(path, name).picture(), "srgb");
        rows.push(`${split},${labels[name]},/${path}`);
      }
    }
    return rows;
  };
  const { original, large } = published.trainingFolders;
  const train = await list("train", original, images.train, "");
  const train7 = await list("train", large, 3 * images.train, "7x-");
  // The published files call validation `test`.
  const validation = await list("test", published.validationFolder, images.validation, "");
  const [csvFolder] = published.csvFolders;
  writeFileAtomic(join(folder, csvFolder, published.csvNames.original), lines([...train, ...validation]));
  writeFileAtomic(join(folder, csvFolder, published.csvNames.large), lines([...train7, ...validation]));

  for (const [i, row] of train.entries()) {
    const path = row.split(",")[2].slice(1);
    const stem = path.split("/").at(-1)!.replace(".png", "");
    const face = faceOf(path, row.includes(labels.real) ? "real" : "synthetic");
    // One image that nobody marked, as there are some in the collection.
    if (i > 0) await draw(`${published.mapFolder}/${stem}.png`, face.map(), "b-w");
    for (const [part, svg] of Object.entries(face.parts()))
      await draw(`${published.maskPlaces.labels}/${stem}_${part}.png`, svg, "b-w");
  }

  const folders: [ClassName, string][] = [...new Set(published.testSets.map(({ real }) => real.folder))].map((name) => [
    "real",
    name,
  ]);
  for (const { folder } of published.testSets) folders.push(["synthetic", folder]);
  for (const [name, own] of folders) {
    // Two of the collection's folders have folders below.
    const below = /stylegan[12]-/.test(own) ? "/092000" : "";
    for (let i = 0; i < images.test; i++) {
      const file = `${String(i).padStart(6, "0")}.png`;
      const path = `${published.testFolder}/${published.classFolders[name]}/${own}${below}/${file}`;
      await draw(path, faceOf(path, name).picture(), "srgb");
    }
  }
}

const lines = (rows: readonly string[]) => `${rows.join("\n")}\n`;

/** A face of a few ellipses. A synthetic one has eyes of two colours, which is what its map marks. */
class Face {
  private readonly size: number;
  /** SVG of each part, but for its colour. */
  private readonly shapes: Record<"skin" | "l_eye" | "r_eye" | "nose" | "mouth", string>;
  private readonly colours: Record<string, string>;

  constructor(random: RandomStream, name: ClassName, size: number) {
    const near = (value: number, spread: number) => (value + spread * (2 * random.uniform() - 1)).toFixed(2);
    const colour = () => `hsl(${random.integer(360)} 60% ${30 + random.integer(40)}%)`;
    const ellipse = (cx: string, cy: string, rx: string, ry: string) =>
      `<ellipse cx="${cx}" cy="${cy}" rx="${rx}" ry="${ry}"`;
    this.size = size;
    this.shapes = {
      skin: ellipse(near(50, 4), near(52, 3), near(33, 4), near(42, 3)),
      l_eye: ellipse(near(37, 2), near(42, 2), near(7, 1), near(4, 1)),
      r_eye: ellipse(near(63, 2), near(42, 2), near(7, 1), near(4, 1)),
      nose: ellipse(near(50, 2), near(57, 2), near(4, 1), near(7, 1)),
      mouth: ellipse(near(50, 3), near(74, 2), near(12, 3), near(4, 1)),
    };
    const eyes = colour();
    this.colours = {
      ...{ background: colour(), skin: `hsl(25 40% ${40 + random.integer(40)}%)`, nose: "hsl(20 40% 40%)" },
      ...{ mouth: "hsl(0 60% 45%)", l_eye: eyes, r_eye: name === "real" ? eyes : colour() },
    };
  }

  picture(): string {
    const parts = Object.entries(this.shapes).map(([part, shape]) => this.filled(shape, this.colours[part]));
    return this.svg(this.colours.background, parts);
  }

  /** Where simulated people marked. */
  map(): string {
    return this.svg("black", [this.filled(this.shapes.l_eye, "#888"), this.filled(this.shapes.r_eye, "white")]);
  }

  /** A label image for each part. */
  parts(): Record<string, string> {
    const label = (shape: string) => this.svg("black", [this.filled(shape, "white")]);
    const entries = Object.entries(this.shapes).map(([part, shape]) => [part, label(shape)] as const);
    return Object.fromEntries(entries);
  }

  private filled(shape: string, colour: string): string {
    return `${shape} fill="${colour}"/>`;
  }

  private svg(background: string, parts: readonly string[]): string {
    const { size } = this;
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 100 100"><rect width="100" height="100" fill="${background}"/>${parts.join("")}</svg>`;
  }
}
