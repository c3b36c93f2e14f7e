/** Contenders that take turns, and what their turns come to. */

export type Contender = [
  name: string,
  measure: () => { imagesPerSecond: number } | Promise<{ imagesPerSecond: number }>,
];

/**
 * The contenders take turns, so that what else the machine does falls on all of them. Prints each turn.
 * @returns the median images a second of each, by name
 */
export async function race(contenders: readonly Contender[], rounds: number): Promise<Record<string, number>> {
  const speeds: Record<string, number[]> = {};
  const width = Math.max(...contenders.map(([name]) => name.length));
  for (let turn = 1; turn <= rounds; turn++) {
    for (const [name, measure] of contenders) {
      const { imagesPerSecond } = await measure();
      speeds[name] = [...(speeds[name] ?? []), imagesPerSecond];
      process.stderr.write(`round ${turn}/${rounds}  ${name.padEnd(width)} ${imagesPerSecond.toFixed(2)} images/s\n`);
    }
  }
  return Object.fromEntries(Object.entries(speeds).map(([name, values]) => [name, round(median(values))]));
}

/** Of an even number of values the mean of the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** To four digits. */
export function round(value: number): number {
  return Number(value.toPrecision(4));
}
