/**
 * The test of Mann and Whitney (Annals of Mathematical Statistics 18, 1947): is a value of one group more often above one
 * of the other than below it? Exact for small groups, ties included: the distribution of rank sums over all ways to deal
 * the values found to the groups (the shift algorithm of Streitberg & Röhmel, 1986).
 */
import { normalTail } from "../normal.ts";

export interface MannWhitneyTest {
  /** In how many pairs the first group's value is the greater, ties counting ½. */
  u: number;
  /** U as a share of all pairs, 0 … 1; ½ when neither is above. Vargha and Delaney's A. */
  superiority: number;
  /** Two-sided: twice the smaller tail. */
  p: number;
  exact: boolean;
}

/** Up to so many values in both groups the distribution is counted out. */
const exactUpTo = 100;

/** @returns a reason in words when the test does not exist */
export function mannWhitneyTest(first: readonly number[], second: readonly number[]): MannWhitneyTest | string {
  if (first.length === 0 || second.length === 0) return "a test needs a run of each";
  const { doubledRanks, ties } = rank([...first, ...second]);
  // Of the doubled ranks, which are whole even where values tie.
  const rankSum = doubledRanks.slice(0, first.length).reduce((sum, r) => sum + r, 0);
  const pairs = first.length * second.length;
  const u = (rankSum - first.length * (first.length + 1)) / 2;
  const exact = doubledRanks.length <= exactUpTo;
  const p = exact ? exactP(doubledRanks, first.length, rankSum) : normalP(u, first.length, second.length, ties);
  return { u, superiority: u / pairs, p, exact };
}

function rank(values: readonly number[]): { doubledRanks: number[]; ties: number[] } {
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j]);
  const doubledRanks = new Array<number>(values.length);
  const ties: number[] = [];
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let i = from; i < to; i++) doubledRanks[order[i]] = from + to + 1;
    ties.push(to - from);
    from = to;
  }
  return { doubledRanks, ties };
}

/** Counts, for each size and sum, the choices of that many ranks with that sum. */
function exactP(ranks: readonly number[], size: number, observed: number): number {
  const greatest = ranks.reduce((sum, r) => sum + r, 0);
  const ways = Array.from({ length: size + 1 }, () => new Float64Array(greatest + 1));
  ways[0][0] = 1;
  let reached = 0;
  for (const r of ranks) {
    for (let k = size; k > 0; k--)
      for (let sum = reached; sum >= 0; sum--) if (ways[k - 1][sum] > 0) ways[k][sum + r] += ways[k - 1][sum];
    reached += r;
  }
  const all = ways[size].reduce((total, count) => total + count, 0);
  const below = ways[size].subarray(0, observed + 1).reduce((total, count) => total + count, 0);
  const above = ways[size].subarray(observed).reduce((total, count) => total + count, 0);
  return Math.min(1, (2 * Math.min(below, above)) / all);
}

/** With corrections for ties and for continuity, as R and SciPy have them. */
function normalP(u: number, n: number, m: number, ties: readonly number[]): number {
  const total = n + m;
  const tied = ties.reduce((sum, t) => sum + (t ** 3 - t), 0);
  const variance = ((n * m) / 12) * (total + 1 - tied / (total * (total - 1)));
  if (variance === 0) return 1;
  const distance = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5);
  return Math.min(1, 2 * normalTail(distance / Math.sqrt(variance)));
}
