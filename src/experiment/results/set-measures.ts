/** What one run's scores say on one set of images. Pure. */
import { groupBy } from "../../base/group-by.ts";
import { type Components, rankedComponents } from "../../evaluation/delong.ts";
import { rank } from "../../evaluation/ranking.ts";
import { type RocCurve, rankedRocCurve } from "../../evaluation/roc.ts";
import { falseAlarmShare, type Measures, macroAverage, measureKeys, missedShare, rankingMeasures } from "./measures.ts";
import type { ImageList } from "./score-column.ts";

/** Which rows of a score column are of which class and generator. */
export interface SetIndex {
  positives: Int32Array;
  negatives: Int32Array;
  /** Of the positives, in the order of their first image. */
  generators: { source: string; rows: Int32Array }[];
}

export function indexImages({ labels, sources }: ImageList, positiveClass: string): SetIndex {
  const rowsOf = (positive: boolean) =>
    Int32Array.from(labels.flatMap((label, row) => ((label === positiveClass) === positive ? [row] : [])));
  const positives = rowsOf(true);
  const bySource = groupBy(positives, (row) => sources[row]);
  const generators = [...bySource].map(([source, rows]) => ({ source, rows: Int32Array.from(rows) }));
  return { positives, negatives: rowsOf(false), generators };
}

export interface SetMeasures {
  pooled: Measures;
  macro: Measures;
  /** As the index has them. */
  generators: Measures[];
  /** True positive rates at `rocGrid`; null where a class is missing, as `components`. */
  roc: Float64Array | null;
  components: Components | null;
}

/**
 * @param threshold chosen on validation: a score of at least this is called positive
 * @param apart whether generators are measured one by one, too; only their APCER otherwise
 */
export function measureSet(
  scores: Float64Array,
  index: SetIndex,
  threshold: number,
  { apart }: { apart: boolean },
): SetMeasures {
  const pick = (rows: Int32Array) => {
    const picked = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) picked[i] = scores[rows[i]];
    return picked;
  };
  const [positives, negatives] = [pick(index.positives), pick(index.negatives)];
  const bpcer = falseAlarmShare({ positives, negatives }, threshold);
  const errorsOf = (own: Float64Array) => {
    const apcer = own.length === 0 ? null : missedShare(own, threshold);
    return { apcer, bpcer, acer: apcer === null || bpcer === null ? null : (apcer + bpcer) / 2 };
  };
  // Once for all generators.
  const rankedNegatives = negatives.length === 0 ? undefined : rank(negatives);
  const measure = (own: Float64Array) => {
    if (own.length === 0 || rankedNegatives === undefined)
      return { measures: { ...noRanking, ...errorsOf(own) }, ...noCurve };
    const ranked = { positives: rank(own), negatives: rankedNegatives };
    const placed = rankedComponents(ranked);
    const curve = rankedRocCurve({ positives: ranked.positives.ascending, negatives: rankedNegatives.ascending });
    return { measures: { ...rankingMeasures(placed.value, curve), ...errorsOf(own) }, curve, placed };
  };
  const whole = measure(positives);
  const single = index.generators.length === 1 ? whole.measures : undefined;
  const generators = index.generators.map(({ rows }): Measures => {
    if (!apart) return { ...noRanking, ...errorsOf(pick(rows)) };
    return single ?? measure(pick(rows)).measures;
  });
  return {
    pooled: withWorst(whole.measures, generators),
    macro: macroAverage(generators),
    generators,
    roc: whole.curve && onGrid(whole.curve),
    components: whole.placed,
  };
}

const noCurve = { curve: null, placed: null };
const noRanking = Object.fromEntries(measureKeys.map((key) => [key, null])) as Measures;

/** The standard's APCER is that of the worst generator. */
function withWorst(whole: Measures, generators: readonly Measures[]): Measures {
  if (generators.length === 0) return whole;
  const apcer = Math.max(...generators.map((measures) => measures.apcer!));
  return { ...whole, apcer, acer: whole.bpcer === null ? null : (apcer + whole.bpcer) / 2 };
}

/** False positive rates at which curves are averaged: evenly on a linear and on a logarithmic axis. */
export const rocGrid: readonly number[] = [
  ...new Set([
    ...Array.from({ length: 101 }, (_, i) => i / 100),
    ...Array.from({ length: 41 }, (_, i) => Number((10 ** (-4 + i / 20)).toPrecision(6))),
  ]),
].sort((a, b) => a - b);

/** On the curve drawn with straight lines, where it rises at one rate its upper end. */
function onGrid({ falsePositiveRate: fpr, truePositiveRate: tpr }: RocCurve): Float64Array {
  let at = 0;
  return Float64Array.from(rocGrid, (rate) => {
    while (at + 1 < fpr.length && fpr[at + 1] <= rate) at++;
    if (at + 1 === fpr.length) return tpr[at];
    return tpr[at] + ((rate - fpr[at]) / (fpr[at + 1] - fpr[at])) * (tpr[at + 1] - tpr[at]);
  });
}
