/**
 * The scores of a test set as one column, read fast: an experiment has thousands of score files, all of which list the same
 * images. The images are read once; of further files only that they list the same, and the scores.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { explainSystemError, InputError } from "../../base/errors.ts";
import { readScores, scoreColumns } from "../../evaluation/scores-file.ts";

/** The images of a test set, in the order of its score files. */
export interface ImageList {
  /** The file that they were read from. */
  file: string;
  labels: string[];
  /** Empty where the manifest does not say. */
  sources: string[];
  /** An image's path, label and source in one: what its row begins with. */
  keys: string[];
}

export interface ScoreColumn {
  images: ImageList;
  scores: Float64Array;
}

/**
 * @param expected the images that the file must list, in that order; without it the file's own are returned
 * @throws InputError naming file and line when it cannot be read, is not a score file, or lists other images
 */
export function readScoreColumn(file: string, expected?: ImageList): ScoreColumn {
  const content = readWhole(file);
  // A quoted field may hold commas and line ends: such files, which are rare, go through the CSV reader.
  const plain = !content.includes('"') && content.indexOf(header) === 0;
  const column = plain ? scan(content, file, expected) : readAsCsv(file);
  if (expected === undefined || column.images === expected) return column;
  requireSame(column.images, expected, file);
  return { images: expected, scores: column.scores };
}

/** Where all files are read to, one after another: new memory for each would take longer than the reading. */
let space = Buffer.alloc(0);

/** The file's bytes, until the next is read. */
function readWhole(file: string): Buffer {
  try {
    const opened = openSync(file, "r");
    try {
      const { size } = fstatSync(opened);
      if (space.length < size) space = Buffer.alloc(2 * size);
      let length = 0;
      for (let more = size; more > 0; length += more) more = readSync(opened, space, length, size - length, length);
      return space.subarray(0, length);
    } finally {
      closeSync(opened);
    }
  } catch (error) {
    throw explainSystemError(error, "read", file);
  }
}

function readAsCsv(file: string): ScoreColumn {
  const rows = readScores(file);
  return {
    images: {
      file,
      labels: rows.map(({ label }) => label),
      sources: rows.map(({ source }) => source),
      keys: rows.map(({ path, label, source }) => JSON.stringify([path, label, source])),
    },
    scores: Float64Array.from(rows, ({ score }) => score),
  };
}

const header = `${scoreColumns.join(",")}\n`;
/** Bytes that are made a string at a time: short strings are cheap to make and to forget. */
const pieceLength = 2 ** 14;

/** Of content that holds no quote. Only bytes count as long as images are compared, so it is read as Latin-1, which is fast. */
function scan(content: Buffer, file: string, expected: ImageList | undefined): ScoreColumn {
  const images: ImageList = expected ?? { file, labels: [], sources: [], keys: [] };
  // As many as there are images; of the first file at most one a line.
  const scores = new Float64Array(expected?.keys.length ?? content.length >> 1);
  let rows = 0;
  for (let from = header.length; from < content.length; ) {
    const lineEnd = content.lastIndexOf("\n", from + pieceLength);
    const to = lineEnd < from ? content.length : lineEnd + 1;
    const piece = { text: content.toString("latin1", from, to), file, isFirst: expected === undefined };
    rows = scanPiece(piece, images, scores, rows);
    from = to;
  }
  if (rows !== images.keys.length) throw otherImages(file, images, rows);
  return { images, scores: expected === undefined ? scores.slice(0, rows) : scores };
}

interface Piece {
  /** Whole rows. */
  text: string;
  file: string;
  isFirst: boolean;
}

/** Adds the piece's scores, and of the first file its images. @returns how many rows there are now */
function scanPiece({ text, file, isFirst }: Piece, images: ImageList, scores: Float64Array, before: number): number {
  let row = before;
  for (let start = 0; start < text.length; row++) {
    if (isFirst) addImage(images, text, start, `${file}: line ${row + 2}`);
    const key = images.keys[row];
    if (key === undefined || !text.startsWith(key, start)) throw otherImages(file, images, row);
    const from = start + key.length;
    const to = text.indexOf(",", from);
    const end = text.indexOf("\n", to);
    const score = Number(text.slice(from, to));
    if (to <= from || end < 0 || !Number.isFinite(score))
      throw new InputError(`${file}: line ${row + 2}: not a row of ${scoreColumns.join(",")} with a finite score`);
    scores[row] = score;
    start = end + 1;
  }
  return row;
}

function addImage({ keys, labels, sources }: ImageList, text: string, start: number, place: string): void {
  const afterPath = text.indexOf(",", start) + 1;
  const afterLabel = text.indexOf(",", afterPath) + 1;
  const afterSource = text.indexOf(",", afterLabel) + 1;
  const end = text.indexOf("\n", start);
  if (afterPath === 0 || afterLabel === 0 || afterSource === 0 || end < afterSource)
    throw new InputError(`${place}: not a row of ${scoreColumns.join(",")}`);
  keys.push(text.slice(start, afterSource));
  labels.push(decoded(text.slice(afterPath, afterLabel - 1)));
  sources.push(decoded(text.slice(afterLabel, afterSource - 1)));
}

const decoded = (latin1: string) => Buffer.from(latin1, "latin1").toString("utf8");

function requireSame(found: ImageList, expected: ImageList, file: string): void {
  const other = expected.keys.findIndex((key, row) => found.keys[row] !== key);
  if (other >= 0 || found.keys.length !== expected.keys.length)
    throw otherImages(file, expected, other < 0 ? expected.keys.length : other);
}

const otherImages = (file: string, { file: first }: ImageList, row: number) =>
  new InputError(`${file}: line ${row + 2}: another image than in ${first}: evaluate the older of the two runs again`);
