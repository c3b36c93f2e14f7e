/**
 * The scores of a test set as one column, read fast: an experiment has thousands of score files, all of which list the same
 * images. The images are read once; of further files only that they list the same, and the scores.
 */
import { readFileSync } from "node:fs";
import { explainSystemError, InputError } from "../../base/errors.ts";
import { readScores, scoreColumns } from "../../evaluation/scores-file.ts";

/** The images of a test set, in the order of its score files. */
export interface ImageList {
  /** The file that they were read from. */
  file: string;
  labels: string[];
  /** Empty where the manifest does not say. */
  sources: string[];
  /** An image's path, label and source, as one key each. */
  keys: Buffer[];
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
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    throw explainSystemError(error, "read", file);
  }
  // A quoted field may hold commas and line ends: such files, which are rare, go through the CSV reader.
  const column = content.includes(quote) ? readAsCsv(file) : scan(content, file, expected);
  if (expected === undefined || column.images === expected) return column;
  requireSame(column.images, expected, file);
  return { images: expected, scores: column.scores };
}

const [quote, comma, lineEnd] = [0x22, 0x2c, 0x0a];

function readAsCsv(file: string): ScoreColumn {
  const rows = readScores(file);
  return {
    images: {
      file,
      labels: rows.map(({ label }) => label),
      sources: rows.map(({ source }) => source),
      keys: rows.map(({ path, label, source }) => Buffer.from(JSON.stringify([path, label, source]))),
    },
    scores: Float64Array.from(rows, ({ score }) => score),
  };
}

function scan(content: Buffer, file: string, expected: ImageList | undefined): ScoreColumn {
  const header = scoreColumns.join(",");
  const plain = content.toString("utf8", 0, header.length) === header && content[header.length] === lineEnd;
  if (!plain) return readAsCsv(file);
  const images: ImageList = expected ?? { file, labels: [], sources: [], keys: [] };
  const scores: number[] = [];
  const commas = [0, 0, 0, 0, 0];
  for (let start = header.length + 1; start < content.length; ) {
    const row = scores.length;
    let found = 0;
    let at = start;
    for (; at < content.length && content[at] !== lineEnd; at++) {
      if (content[at] === comma && found++ < commas.length) commas[found - 1] = at;
    }
    const score = found === commas.length ? Number(content.toString("latin1", commas[2] + 1, commas[3])) : Number.NaN;
    if (!Number.isFinite(score) || commas[3] === commas[2] + 1) {
      throw new InputError(`${file}: line ${row + 2}: not a row of ${header} with a finite score`);
    }
    if (expected === undefined) {
      images.keys.push(content.subarray(start, commas[2]));
      images.labels.push(content.toString("utf8", commas[0] + 1, commas[1]));
      images.sources.push(content.toString("utf8", commas[1] + 1, commas[2]));
    } else {
      const key = expected.keys[row];
      if (key === undefined || content.compare(key, 0, key.length, start, commas[2]) !== 0)
        throw otherImages(file, expected, row);
    }
    scores.push(score);
    start = at + 1;
  }
  if (scores.length !== images.keys.length) throw otherImages(file, images, scores.length);
  return { images, scores: Float64Array.from(scores) };
}

function requireSame(found: ImageList, expected: ImageList, file: string): void {
  const other = expected.keys.findIndex((key, row) => found.keys[row]?.equals(key) !== true);
  if (other >= 0 || found.keys.length !== expected.keys.length)
    throw otherImages(file, expected, other < 0 ? expected.keys.length : other);
}

const otherImages = (file: string, { file: first }: ImageList, row: number) =>
  new InputError(`${file}: line ${row + 2}: another image than in ${first}: evaluate the older of the two runs again`);
