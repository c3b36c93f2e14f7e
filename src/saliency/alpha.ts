/**
 * Krippendorff's alpha for nominal data: agreement of any number of coders, corrected for chance, missing data allowed.
 * Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C. 1 is perfect agreement, 0 what chance
 * gives, below 0 systematic disagreement.
 */

/** How coders judged units that were judged alike. */
export interface Tally {
  /** How many coders gave each category. Units that fewer than two coders judged say nothing of agreement. */
  counts: readonly number[];
  /** How many units have these counts; 1 without it. */
  units?: number;
}

/**
 * @param tallies whose `counts` list the categories in one order
 * @returns at most 1; undefined when fewer than two values can be paired, or all of them are of one category, when chance
 * alone would agree
 */
export function alphaOfTallies(tallies: Iterable<Tally>): number | undefined {
  // Values that can be paired: of each category, and how many of their pairs within a unit differ, each unit weighed by
  // 1 / (its coders − 1) so that every value counts once.
  const totals: number[] = [];
  let pairable = 0;
  let disagreeing = 0;
  for (const { counts, units = 1 } of tallies) {
    const coders = counts.reduce((sum, count) => sum + count, 0);
    if (coders < 2) continue;
    pairable += units * coders;
    counts.forEach((count, category) => {
      totals[category] = (totals[category] ?? 0) + units * count;
      disagreeing += (units * count * (coders - count)) / (coders - 1);
    });
  }
  const expected = totals.reduce((sum, total) => sum + total * (pairable - total), 0) / (pairable - 1);
  return expected > 0 ? 1 - disagreeing / expected : undefined;
}

/**
 * @param ratings coders × units: the category each coder gave each unit; undefined or null where a coder gave none
 * @throws RangeError when coders differ in their number of units
 */
export function krippendorffAlpha<T extends string | number>(
  ratings: readonly (readonly (T | null | undefined)[])[],
): number | undefined {
  const units = ratings[0]?.length ?? 0;
  if (ratings.some(({ length }) => length !== units)) throw new RangeError("coders differ in their number of units");
  const categories = [...new Set(ratings.flat())].filter((category) => category !== null && category !== undefined);
  const tallies: Tally[] = Array.from({ length: units }, (_, unit) => ({
    counts: categories.map((category) => ratings.filter((coder) => coder[unit] === category).length),
  }));
  return alphaOfTallies(tallies);
}

/**
 * The pixels of an image that several people marked, as units of two categories, marked or not: to be given to
 * `alphaOfTallies`, alone or together with those of other images that other people marked.
 * @param masks of one length, 0 where nothing is marked
 */
export function pixelTallies(masks: readonly ArrayLike<number>[]): Tally[] {
  const units = new Array<number>(masks.length + 1).fill(0);
  for (let pixel = 0; pixel < (masks[0]?.length ?? 0); pixel++) {
    let marked = 0;
    for (const mask of masks) if (mask[pixel] !== 0) marked++;
    units[marked]++;
  }
  return units.map((units, marked) => ({ counts: [masks.length - marked, marked], units }));
}
