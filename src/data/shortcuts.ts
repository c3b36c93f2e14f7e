/**
 * Shortcuts: what the files alone say about the label. A network that can read the label off the format, the size or
 * the compression need not look at what the image shows, and a test set that can be passed that way proves little.
 */
import { groupBy } from "../base/group-by.ts";

/** What is known of an image without looking at it. */
export interface Appearance {
  label: string;
  /** With chroma subsampling, bits and channels, where they tell files of one format apart: `jpeg 4:2:0`, `png grey`. */
  format: string;
  /** Pixels. */
  width: number;
  height: number;
  /** Of the file. */
  bytes: number;
}

export interface Shortcut {
  statistic: string;
  /** The class that the statistic tells from the others. */
  label: string;
  /** The rule that finds it: `below 12034 bytes`, `jpeg 4:2:0`. */
  rule: string;
  /** How often the rule is right, the mean over the class and the rest: 0.5 … 1. */
  balancedAccuracy: number;
  /** For numbers: the area under the ROC curve, in the better direction: 0.5 … 1. */
  auc?: number;
}

/** A statistic that is better than this, by either measure, gives the label away. */
export const shortcutLimit = 0.8;
/** With fewer images of a class, or of all others, chance alone finds such a statistic too often. */
export const fewestToJudge = 20;
/** Rarer formats and sizes count as one: a size that one image has would tell that image by heart. */
const fewestOfAKind = 5;

const numbers: { statistic: string; unit: string; of: (image: Appearance) => number }[] = [
  { statistic: "width", unit: "pixels", of: ({ width }) => width },
  { statistic: "height", unit: "pixels", of: ({ height }) => height },
  { statistic: "aspect ratio", unit: "(width / height)", of: ({ width, height }) => width / height },
  { statistic: "file size", unit: "bytes", of: ({ bytes }) => bytes },
  { statistic: "bytes per pixel", unit: "bytes", of: ({ bytes, width, height }) => bytes / (width * height) },
];
const kinds: { statistic: string; of: (image: Appearance) => string }[] = [
  { statistic: "format", of: ({ format }) => format },
  { statistic: "image size", of: sizeOf },
];

export function sizeOf({ width, height }: Pick<Appearance, "width" | "height">): string {
  return `${width}×${height}`;
}

/**
 * The statistics of one split that give a label away, each with the class that it tells best, the best first.
 * @returns undefined when no class has `fewestToJudge` images with as many others beside it
 */
export function findShortcuts(images: readonly Appearance[]): Shortcut[] | undefined {
  const counts = groupBy(images, ({ label }) => label);
  const judged = [...counts.keys()].filter((label) => {
    const own = counts.get(label)!.length;
    return own >= fewestToJudge && images.length - own >= fewestToJudge;
  });
  if (judged.length === 0) return undefined;
  const found = [
    ...numbers.map(({ statistic, unit, of }) => {
      const values = Float64Array.from(images, of);
      return judged.map((label) => ({ statistic, label, ...bestThreshold(values, isOf(images, label), unit) }));
    }),
    ...kinds.map(({ statistic, of }) => {
      const values = lumpRare(images.map(of));
      return judged.map((label) => ({ statistic, label, ...bestKinds(values, isOf(images, label)) }));
    }),
  ];
  return found
    .map((ofOne) => ofOne.reduce((best, other) => (strength(other) > strength(best) ? other : best)))
    .filter((best) => strength(best) > shortcutLimit)
    .sort((a, b) => strength(b) - strength(a));
}

function strength({ auc = 0, balancedAccuracy }: Pick<Shortcut, "auc" | "balancedAccuracy">): number {
  return Math.max(auc, balancedAccuracy);
}

const isOf = (images: readonly Appearance[], label: string) => images.map((image) => image.label === label);

/**
 * One walk up the sorted values: at each, the shares of the class and of the rest that lie below are a point of the ROC
 * curve. Both kinds must be there.
 */
function bestThreshold(values: Float64Array, own: readonly boolean[], unit: string) {
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
  const ownCount = own.filter(Boolean).length;
  const restCount = own.length - ownCount;
  let [ownBelow, restBelow, area] = [0, 0, 0];
  let best = { gap: 0, threshold: values[order[0]], below: true };
  for (let i = 0; i < order.length; ) {
    const value = values[order[i]];
    const gap = ownBelow / ownCount - restBelow / restCount;
    if (Math.abs(gap) > Math.abs(best.gap)) best = { gap, threshold: value, below: gap > 0 };
    let [ownTied, restTied] = [0, 0];
    for (; i < order.length && values[order[i]] === value; i++) own[order[i]] ? ownTied++ : restTied++;
    area += ownTied * (restBelow + restTied / 2);
    ownBelow += ownTied;
    restBelow += restTied;
  }
  const above = area / (ownCount * restCount);
  const limit = Number.isInteger(best.threshold) ? String(best.threshold) : best.threshold.toPrecision(3);
  return {
    rule: `${best.below ? "below" : "from"} ${limit} ${unit}${best.below ? "" : " up"}`,
    balancedAccuracy: (1 + Math.abs(best.gap)) / 2,
    auc: Math.max(above, 1 - above),
  };
}

/** The rule that gives the class every kind of which it has the greater share. Both kinds of image must be there. */
function bestKinds(values: readonly string[], own: readonly boolean[]) {
  const ownCount = own.filter(Boolean).length;
  const restCount = own.length - ownCount;
  const counts = new Map<string, { own: number; rest: number }>();
  for (const [i, value] of values.entries()) {
    const count = counts.get(value) ?? { own: 0, rest: 0 };
    if (own[i]) count.own++;
    else count.rest++;
    counts.set(value, count);
  }
  const chosen = [...counts]
    .filter(([, count]) => count.own / ownCount > count.rest / restCount)
    .sort(([, a], [, b]) => b.own - a.own);
  const taken = (kind: "own" | "rest") => chosen.reduce((sum, [, count]) => sum + count[kind], 0);
  const gap = taken("own") / ownCount - taken("rest") / restCount;
  const names = chosen.slice(0, 3).map(([name]) => name);
  const more = chosen.length > names.length ? ` or ${chosen.length - names.length} more` : "";
  return { rule: `${names.join(" or ")}${more}`, balancedAccuracy: (1 + gap) / 2 };
}

function lumpRare(values: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return values.map((value) => (counts.get(value)! < fewestOfAKind ? "a rare one" : value));
}
