/** What was found beside what the paper had, as lines for a terminal. Pure. */
import type { PaperData } from "./locate.ts";
import { paperCounts, testSets } from "./published.ts";

type Counts = { real: number; synthetic: number };

/** One line a list: real + synthetic images, and the paper's where they are others. */
export function describeData({ original, large, tests }: PaperData): string {
  const rows: [name: string, found: Counts, paper: Counts][] = [];
  for (const [set, paper] of [
    [original, paperCounts.original],
    [large, paperCounts.large],
  ] as const) {
    if (set === undefined) continue;
    for (const [split, words] of [["train", "training"], ["val", "validation"]] as const) // biome-ignore format: short
      rows.push([`${set.name}, ${words}`, set.counts[split] ?? none, paper[split]]);
  }
  for (const { name, counts } of tests) {
    const { images, real } = testSets.find((set) => set.name === name)!;
    rows.push([`test ${name} against ${real.name}`, counts.test ?? none, { real: real.images, synthetic: images }]);
  }
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows
    .map(([name, found, paper]) => {
      const same = found.real === paper.real && found.synthetic === paper.synthetic;
      return `${name.padEnd(width)}  ${both(found)}${same ? "" : `; the paper had ${both(paper)}`}\n`;
    })
    .join("");
}

const none: Counts = { real: 0, synthetic: 0 };
const both = ({ real, synthetic }: Counts) =>
  `${real.toLocaleString("en")} real + ${synthetic.toLocaleString("en")} synthetic`;
