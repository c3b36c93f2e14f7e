/** The images of an experiment by number: its test sets, and what its runs are trained and validated on. */
import { basename } from "node:path";
import { readManifest, requireSamples, type Sample, type Split } from "../../data/index.ts";
import { readMap } from "../../saliency/index.ts";
import type { ExperimentPlan } from "../plan.ts";
import { stampOf } from "./board.ts";
import type { ImageRow, ImagesPage, Overview, PlainMap } from "./contract.ts";

/** Where the images of a set are listed. */
export interface ImageSetPlace {
  name: string;
  kind: Overview["sets"][number]["kind"];
  manifest: string;
  imageRoot?: string | undefined;
  mapRoot?: string | undefined;
  split: Split;
}

export function imageSetsOf({ tests, runs }: Pick<ExperimentPlan, "tests" | "runs">): ImageSetPlace[] {
  const sets = tests.map(
    ({ name, manifest, imageRoot }): ImageSetPlace => ({ name, kind: "test", manifest, imageRoot, split: "test" }),
  );
  const data = new Map(runs.map(({ config: { data } }) => [data.manifest, data]));
  for (const { manifest, imageRoot, mapRoot } of data.values()) {
    const place = { manifest, imageRoot, mapRoot };
    const name = data.size > 1 ? ` (${shortName(manifest, [...data.keys()])})` : "";
    sets.push({ ...place, name: `validation images${name}`, kind: "validation", split: "val" });
    sets.push({ ...place, name: `training images${name}`, kind: "training", split: "train" });
  }
  return sets;
}

/** The file's name, or so much of its path as tells it from the others. */
function shortName(manifest: string, all: readonly string[]): string {
  const alike = all.filter((other) => basename(other) === basename(manifest)).length > 1;
  return alike ? manifest : basename(manifest);
}

/** The samples of sets, each manifest read when it is first asked for and again when it has changed. */
export class ImageSets {
  private readonly known = new Map<string, { stamp: string; samples: Sample[] }>();

  /** @throws InputError when the manifest cannot be read, or has no such images */
  async samples(place: ImageSetPlace): Promise<Sample[]> {
    const key = JSON.stringify(place);
    const stamp = await stampOf(place.manifest);
    const known = this.known.get(key);
    if (known?.stamp === stamp) return known.samples;
    const { manifest, imageRoot, mapRoot, split } = place;
    const samples = requireSamples(readManifest(manifest, { imageRoot, mapRoot }), split);
    this.known.set(key, { stamp, samples });
    return samples;
  }
}

export interface ImagesQuery {
  page: number;
  pageSize: number;
  label?: string | undefined;
  source?: string | undefined;
  search?: string | undefined;
}

export function imagesPage(samples: readonly Sample[], query: ImagesQuery): ImagesPage {
  const { page, pageSize, label, source, search } = query;
  const wanted = search?.toLowerCase();
  const rows = samples
    .map(imageRow)
    .filter(
      (row) =>
        (label === undefined || row.label === label) &&
        (source === undefined || row.source === source) &&
        (wanted === undefined || row.name.toLowerCase().includes(wanted)),
    );
  const distinct = (values: string[]) => [...new Set(values)].sort();
  return {
    ...{ total: rows.length, page, pageSize },
    labels: distinct(samples.map((sample) => sample.label)),
    sources: distinct(samples.map((sample) => sample.source ?? "")),
    images: rows.slice((page - 1) * pageSize, page * pageSize),
  };
}

export const imageRow = ({ name, label, source, saliency }: Sample, image: number): ImageRow => ({
  ...{ image, name, label, source: source ?? "" },
  map: saliency !== undefined,
});

/** Of a map's longest side, more is not shown. */
const mapSide = 128;

/** The image's map, made smaller by taking means. @throws InputError when it cannot be read, or is no map */
export async function plainMap(path: string): Promise<PlainMap> {
  const map = await readMap(path);
  const scale = Math.max(1, Math.max(map.width, map.height) / mapSide);
  const width = Math.max(1, Math.round(map.width / scale));
  const height = Math.max(1, Math.round(map.height / scale));
  const sums = new Float64Array(width * height);
  const counts = new Uint32Array(width * height);
  for (let y = 0, at = 0; y < map.height; y++) {
    const row = Math.floor((y * height) / map.height) * width;
    for (let x = 0; x < map.width; x++, at++) {
      const cell = row + Math.floor((x * width) / map.width);
      sums[cell] += map.values[at];
      counts[cell]++;
    }
  }
  return { width, height, values: Array.from(sums, (sum, i) => Number((sum / counts[i]).toFixed(3))) };
}
