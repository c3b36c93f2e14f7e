/**
 * A study's records as files for other programs, in one pass over the trials, however many there are:
 *
 *     trials.csv         a row a trial
 *     participants.csv   a row a participant, their answers included
 *     strokes.jsonl      a line a marked image, strokes as vectors
 *     masks/…png         image__participant__trial.png: white where marked, of the image's size
 *     coco.json          the same as COCO's run lengths
 *     codebook.csv       what every column means
 *
 * Each is either wholly there or as it was before.
 */
import { join, resolve } from "node:path";
import sharp from "sharp";
import { type AtomicFile, openAtomicFile } from "../../base/atomic-file.ts";
import { ensureWritableFolder, writeFileAtomic } from "../../base/files.ts";
import { acquirePidLock } from "../../base/pid-lock.ts";
import { replaceFolder, requireReplaceable } from "../../base/replace-folder.ts";
import type { Protocol } from "../protocol.ts";
import type { ImageRecord, ParticipantRecord, TrialRecord } from "../records.ts";
import { cocoAnnotation, cocoBeginning, cocoEnd } from "./coco.ts";
import { codebookOf, csvRow, headerOf, jsonLine } from "./column.ts";
import { imageStems, maskFile } from "./file-names.ts";
import { type TrialRow, trialRow } from "./rows.ts";
import { participantColumns, strokeFields, trialColumns } from "./tables.ts";

export const exportKinds = ["trials", "participants", "strokes", "masks", "coco"] as const;
export type ExportKind = (typeof exportKinds)[number];

export interface ExportSource {
  protocol: Protocol;
  images: readonly ImageRecord[];
  participants: Iterable<ParticipantRecord> | AsyncIterable<ParticipantRecord>;
  /** Taken one by one, once. */
  trials: Iterable<TrialRecord> | AsyncIterable<TrialRecord>;
}

export interface ExportSummary {
  /** Rows, lines, masks or annotations of each kind that was written. */
  entries: Partial<Record<ExportKind, number>>;
}

/**
 * @param kinds what to write beside the codebook
 * @param onProgress told of the trials done so far
 * @throws InputError when `folder` cannot be written, is in use by another run, or holds masks that are not ours
 */
export async function exportStudy(
  source: ExportSource,
  folder: string,
  kinds: readonly ExportKind[] = exportKinds,
  onProgress?: (trials: number) => void,
): Promise<ExportSummary> {
  const place = resolve(folder);
  const masks = join(place, "masks");
  ensureWritableFolder(place);
  if (kinds.includes("masks")) requireReplaceable(masks);
  const lock = acquirePidLock(join(place, ".lock"), "the folder of exports");
  const files: AtomicFile[] = [];
  const open = async (name: string) => {
    const file = await openAtomicFile(join(place, name));
    files.push(file);
    return file;
  };
  try {
    const columns = participantColumns(source.protocol);
    const entries: ExportSummary["entries"] = {};
    if (kinds.includes("participants")) {
      entries.participants = await writeParticipants(source.participants, columns, await open("participants.csv"));
    }
    const writers: Writer[] = [];
    if (kinds.includes("trials")) writers.push(await trialsWriter(await open("trials.csv")));
    if (kinds.includes("strokes")) writers.push(strokesWriter(await open("strokes.jsonl")));
    if (kinds.includes("coco")) writers.push(await cocoWriter(await open("coco.json"), source));
    const write = async (masksFolder?: string) => {
      const all = masksFolder === undefined ? writers : [...writers, masksWriter(masksFolder, source.images)];
      await writeTrials(source, all, onProgress);
      for (const { kind, entries: count } of all) entries[kind] = count();
    };
    if (kinds.includes("masks")) await replaceFolder(masks, write);
    else if (writers.length > 0) await write();
    for (const file of files) await file.commit();
    const tables = { "trials.csv": trialColumns, "participants.csv": columns, "strokes.jsonl": strokeFields };
    writeFileAtomic(join(place, "codebook.csv"), codebookOf(tables));
    return { entries };
  } finally {
    for (const file of files) await file.abandon();
    lock.release();
  }
}

/** Takes trials one by one. */
interface Writer {
  kind: ExportKind;
  take(row: TrialRow): Promise<void>;
  end?(): Promise<void>;
  entries(): number;
}

async function writeTrials(
  { images, trials }: ExportSource,
  writers: readonly Writer[],
  onProgress: ((trials: number) => void) | undefined,
): Promise<void> {
  const byId = new Map(images.map((image) => [image.id, image]));
  let done = 0;
  for await (const trial of trials) {
    const row = trialRow(trial, byId);
    for (const writer of writers) await writer.take(row);
    onProgress?.(++done);
  }
  for (const writer of writers) await writer.end?.();
}

async function writeParticipants(
  participants: ExportSource["participants"],
  columns: ReturnType<typeof participantColumns>,
  file: AtomicFile,
): Promise<number> {
  await file.write(headerOf(columns));
  let rows = 0;
  for await (const participant of participants) {
    await file.write(csvRow(columns, participant));
    rows++;
  }
  return rows;
}

async function trialsWriter(file: AtomicFile): Promise<Writer> {
  await file.write(headerOf(trialColumns));
  let rows = 0;
  return {
    kind: "trials",
    async take(row) {
      await file.write(csvRow(trialColumns, row));
      rows++;
    },
    entries: () => rows,
  };
}

function strokesWriter(file: AtomicFile): Writer {
  let lines = 0;
  return {
    kind: "strokes",
    async take({ marks }) {
      for (const mark of marks) {
        await file.write(jsonLine(strokeFields, mark));
        lines++;
      }
    },
    entries: () => lines,
  };
}

async function cocoWriter(file: AtomicFile, { protocol, images }: ExportSource): Promise<Writer> {
  await file.write(cocoBeginning(protocol.name, images));
  let annotations = 0;
  return {
    kind: "coco",
    async take({ marks }) {
      for (const mark of marks) {
        const parting = annotations === 0 ? "\n" : ",\n";
        await file.write(`${parting}${cocoAnnotation(++annotations, mark)}`);
      }
    },
    end: () => file.write(cocoEnd),
    entries: () => annotations,
  };
}

function masksWriter(folder: string, images: readonly ImageRecord[]): Writer {
  const stems = imageStems(images);
  let written = 0;
  return {
    kind: "masks",
    async take({ marks }) {
      for (const { trial, image, mask } of marks) {
        const white = mask().map((value) => 255 * value);
        const { width, height } = image;
        const png = sharp(white, { raw: { width, height, channels: 1 } })
          .toColourspace("b-w")
          .png();
        const name = maskFile(stems.get(image.id)!, trial.participant, trial.id);
        writeFileAtomic(join(folder, name), await png.toBuffer());
        written++;
      }
    },
    entries: () => written,
  };
}
