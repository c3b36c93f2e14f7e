/**
 * A study as its folder has it: the protocol, the pages' texts, and every image with its place in the study. A study
 * that could be read can be run, but for images whose pixels turn out to be damaged when they are prepared.
 */
import { resolve } from "node:path";
import { InputError } from "../base/errors.ts";
import { readTextFile } from "../base/files.ts";
import { randomStream } from "../base/random.ts";
import { nearest } from "../base/suggest.ts";
import { readManifest } from "../data/manifest.ts";
import type { Sample, Split } from "../data/sample.ts";
import { participantsNeeded } from "./assignment.ts";
import { templateMark } from "./consent-template.ts";
import { measureImages } from "./images/measure.ts";
import { shownSize } from "./images/shown-size.ts";
import type { Protocol } from "./protocol.ts";
import { parseProtocol, readTexts, requireEnoughImages } from "./protocol-file.ts";
import type { ImageRecord } from "./records.ts";
import { studyPaths } from "./study-folder.ts";

export interface StudyImage extends ImageRecord {
  subject: string | null;
  split: Split;
  /** Has the label that is asked for. */
  isTarget: boolean;
  /** SHA-256 of the file, hexadecimal. */
  hash: string;
}

export interface Study {
  /** Absolute. */
  folder: string;
  protocol: Protocol;
  /** The pages' texts that the study words otherwise, by their names. */
  texts: Record<string, string>;
  /** By id: 1, 2, … in the order of the manifests of main, practice and catch images. */
  images: StudyImage[];
  /** What a person should know before the study begins, in words. */
  notes: string[];
}

/** Less is not worth a word. */
const unevenFrom = 1.5;

type Role = ImageRecord["role"];
type PlacedSample = Sample & { role: Role; manifest: string };

/**
 * Reads `study.yaml` and all that it names. The first time every image is read once, to know it by its content; later
 * only those that changed.
 *
 * Where `images.practice` names no manifest, the practice trials' images are main images set aside: `practiceTrials`
 * with and as many without the target label, drawn by `seed`. They are judged in practice only.
 *
 * @param onProgress counts the images that had to be read
 * @throws InputError, one line naming file, row or setting: what cannot be read, is unknown, not allowed, contradicts
 * itself or is too little; the same image (by path or content) twice
 */
export async function readStudy(folder: string, onProgress?: (done: number, total: number) => void): Promise<Study> {
  const { protocol: file } = studyPaths(folder);
  return studyFrom(readTextFile(file), folder, onProgress);
}

/** The study that `text` would be as the folder's `study.yaml`. Throws as `readStudy` does. */
export async function studyFrom(
  text: string,
  folder: string,
  onProgress?: (done: number, total: number) => void,
): Promise<Study> {
  const paths = studyPaths(folder);
  const place = paths.protocol;
  const protocol = parseProtocol(text, place);
  const texts = protocol.texts === undefined ? {} : readTexts(resolve(paths.folder, protocol.texts));
  const { samples, notes } = readSamples(protocol, paths.folder, place);
  const measured = await measureImages(samples, paths.images, onProgress);
  const images = samples.map((sample, index): StudyImage => {
    const { name, path, label, source = null, subject = null, saliency = null, split, role } = sample;
    const isTarget = label === protocol.question.target;
    const about = { id: index + 1, name, file: path, label, source, subject, saliency, split, role, isTarget };
    return { ...about, ...measured[index] };
  });
  requireDistinct(images, samples);
  if (protocol.consent.text.includes(templateMark)) {
    notes.push("consent.text is still the template: replace it before anybody takes part");
  }
  notes.push(...unevenness(protocol, images));
  if (sizesTell(images, protocol.images.longestSide)) {
    notes.push(
      `no image with the label "${protocol.question.target}" is shown in a size that an image of another label has: participants can tell them by their size`,
    );
  }
  return { folder: paths.folder, protocol, texts, images, notes };
}

function readSamples(protocol: Protocol, folder: string, place: string): { samples: PlacedSample[]; notes: string[] } {
  const { target } = protocol.question;
  const notes: string[] = [];
  const samples: PlacedSample[] = [];
  for (const role of ["main", "practice", "catch"] as const) {
    const given = role === "main" ? protocol.images.manifest : protocol.images[role];
    if (given === undefined) continue;
    const manifest = readManifest(resolve(folder, given));
    requireBothKinds(manifest.classes, target, manifest.file, place);
    for (const sample of manifest.samples) samples.push({ ...sample, role, manifest: manifest.file });
    notes.push(...manifest.notes.map((note) => `${manifest.file}: ${note}`));
  }
  if (protocol.images.practice === undefined) {
    const aside = setAside(samples, protocol);
    if (aside.length > 0) {
      notes.push(
        `images.practice names no manifest: ${aside.length} main images, drawn by the seed, are set aside for practice (${aside.map(({ name }) => name).join(", ")})`,
      );
    }
  }
  const placed = samples.map(({ role, label }) => ({ role, isTarget: label === target }));
  requireEnoughImages(protocol, placed, place);
  return { samples, notes };
}

function requireBothKinds(labels: readonly string[], target: string, file: string, place: string): void {
  const list = labels.join(", ");
  if (!labels.includes(target)) {
    throw new InputError(
      `${place}: question.target: no image of ${file} has the label "${target}"${nearest(target, labels)}; there are ${list}`,
    );
  }
  if (labels.length === 1) {
    throw new InputError(
      `${place}: question.target: all images of ${file} have the label "${target}"; pairs need another`,
    );
  }
}

/** Turns main images into practice images. */
function setAside(samples: readonly PlacedSample[], { practiceTrials, question, seed }: Protocol): PlacedSample[] {
  const isTarget = ({ label }: Sample) => label === question.target;
  const main = samples.filter(({ role }) => role === "main");
  const aside = [main.filter(isTarget), main.filter((sample) => !isTarget(sample))].flatMap((kind, index) =>
    randomStream(seed, "practice", index).shuffle(kind).slice(0, practiceTrials),
  );
  for (const sample of aside) sample.role = "practice";
  return aside;
}

/** One content in two places would be seen twice by one participant, or be practised and then judged. */
function requireDistinct(images: readonly StudyImage[], samples: readonly PlacedSample[]): void {
  const first = new Map<string, number>();
  for (const [index, { hash }] of images.entries()) {
    const before = first.get(hash);
    if (before !== undefined) {
      const [one, other] = [samples[before], samples[index]];
      throw new InputError(
        `${other.manifest}:${other.line}: "${other.name}" is the same image as "${one.name}" (${one.manifest}:${one.line}); an image has one place in a study`,
      );
    }
    first.set(hash, index);
  }
}

/** Pairs use up the images of one label before those of the other. */
function unevenness(protocol: Protocol, images: readonly StudyImage[]): string[] {
  const { target, other } = participantsNeeded(protocol, images);
  const [fewer, more] = [Math.min(target, other), Math.max(target, other)];
  if (more <= unevenFrom * fewer) return [];
  const kind = `${target < other ? "with" : "without"} the label "${protocol.question.target}"`;
  return [
    `images ${kind} have their ${protocol.targetJudgements} judgements after ${fewer} participants of a condition, the others after ${more}: the former are judged about ${Math.round((protocol.targetJudgements * more) / fewer)} times in the end`,
  ];
}

/** Whether the size alone tells which of two main images has the target label. */
function sizesTell(images: readonly StudyImage[], longestSide: number): boolean {
  const sizes = (target: boolean) =>
    new Set(
      images
        .filter(({ role, isTarget }) => role === "main" && isTarget === target)
        .map((image) => Object.values(shownSize(image, longestSide)).join(" × ")),
    );
  const others = sizes(false);
  return ![...sizes(true)].some((size) => others.has(size));
}
