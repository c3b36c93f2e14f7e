/**
 * Landmarks of faces as a CSV file: `path,x0,y0,x1,y1,…,x67,y67`, a row an image, in pixels of the image, as any detector
 * of 68 points gives them.
 */
import { stringify } from "csv-stringify/sync";
import { InputError } from "../../base/errors.ts";
import { readRecords } from "../../data/manifest-csv.ts";
import type { Point } from "../../saliency/non-human/convex-hull.ts";
import { landmarkCount } from "../../saliency/non-human/face-regions.ts";

const fieldCount = 1 + 2 * landmarkCount;
const header = ["path", ...Array.from({ length: landmarkCount }, (_, i) => [`x${i}`, `y${i}`]).flat()];

/**
 * @returns the 68 points by the image's path, as it is written there
 * @throws InputError with file and line: another header, a row of another length, what is no number, a path given twice
 */
export function readLandmarks(file: string): Map<string, Point[]> {
  const landmarks = new Map<string, Point[]>();
  let headed = false;
  readRecords(file, (fields, line) => {
    const place = `${file}:${line}`;
    if (!headed) {
      headed = true;
      const wrong = header.findIndex((name, i) => fields[i] !== name);
      if (wrong >= 0 || fields.length !== fieldCount) {
        const found =
          wrong < 0 ? `${fields.length} columns` : `"${fields[wrong] ?? ""}" where "${header[wrong]}" belongs`;
        throw new InputError(`${place}: the header is path,x0,y0,…,x67,y67 (${fieldCount} columns), found ${found}`);
      }
      return;
    }
    if (fields.length !== fieldCount) {
      throw new InputError(`${place}: the row has ${fields.length} fields, a path and 68 points are ${fieldCount}`);
    }
    const [path, ...coordinates] = fields;
    if (landmarks.has(path)) throw new InputError(`${place}: "${path}" has landmarks already`);
    const values = coordinates.map((text, i) => {
      const value = Number(text);
      if (text.trim() === "" || !Number.isFinite(value)) {
        throw new InputError(`${place}: ${header[1 + i]} is "${text}", expected a number of pixels`);
      }
      return value;
    });
    const points = Array.from({ length: landmarkCount }, (_, i): Point => [values[2 * i], values[2 * i + 1]]);
    landmarks.set(path, points);
  });
  if (landmarks.size === 0) throw new InputError(`${file}: a header, but no rows`);
  return landmarks;
}

/** @param landmarks by the image's path; written to a hundredth of a pixel */
export function formatLandmarks(landmarks: ReadonlyMap<string, readonly Point[]>): string {
  const rows = [...landmarks].map(([path, points]) => [path, ...points.flat().map((value) => value.toFixed(2))]);
  return stringify([header, ...rows]);
}
