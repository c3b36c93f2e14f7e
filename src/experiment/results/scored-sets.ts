/** The test sets of an experiment and what its runs score on them. Keeps the images, which all runs share, not the scores. */
import type { EvaluationResults } from "../../evaluation/results.ts";
import type { TestData } from "../contents.ts";
import type { TestSetEntry } from "./experiment-results.ts";
import { type Pool, pooledScores, poolSets } from "./pool.ts";
import { type ImageList, readScoreColumn } from "./score-column.ts";
import { indexImages, measureSet, type SetIndex, type SetMeasures } from "./set-measures.ts";

/** A set with what is known of it once a run has been read. */
export interface ScoredSet extends TestSetEntry {
  index: SetIndex | undefined;
}

export class ScoredSets {
  readonly entries: ScoredSet[];
  private readonly positiveClass: string | null;
  private readonly lists = new Map<string, ImageList>();
  private pool: Pool | undefined;

  /** @param positiveClass null when there is no run to measure */
  constructor(tests: readonly Pick<TestData, "name" | "manifest">[], positiveClass: string | null) {
    this.positiveClass = positiveClass;
    const unknown = { images: { value: null, reason: "no run is done" }, index: undefined } as const;
    this.entries = tests.map(({ name, manifest }) => ({ name, manifests: [manifest], pooled: false, ...unknown }));
    if (tests.length < 2) return;
    const manifests = tests.map(({ manifest }) => manifest);
    this.entries.push({ name: poolName(tests.map(({ name }) => name)), manifests, pooled: true, ...unknown });
  }

  /**
   * One run on all sets, the pool last.
   * @throws InputError naming the score file that is missing, broken, or lists other images than the runs before
   */
  measure({ threshold }: EvaluationResults, fileOf: (testSet: string) => string): SetMeasures[] {
    const own = this.entries.filter(({ pooled }) => !pooled);
    const columns = own.map((set) => {
      const column = readScoreColumn(fileOf(set.name), this.lists.get(set.name));
      this.lists.set(set.name, column.images);
      return column;
    });
    const scores = columns.map((column) => column.scores);
    if (own.length < this.entries.length) {
      this.pool ??= poolSets(columns);
      scores.push(pooledScores(this.pool, scores));
    }
    return this.entries.map((set, i) => {
      this.describe(set, columns[i]?.images ?? this.pool!.images);
      // What generators give is measured in their own sets.
      return measureSet(scores[i], set.index!, threshold.value, { apart: !set.pooled });
    });
  }

  private describe(set: ScoredSet, images: ImageList): void {
    if (set.index !== undefined) return;
    if (this.positiveClass === null) throw new Error("a run is measured, so there is a positive class");
    set.index = indexImages(images, this.positiveClass);
    set.images = { value: { positives: set.index.positives.length, negatives: set.index.negatives.length } };
  }
}

function poolName(taken: readonly string[]): string {
  let name = "all test sets";
  while (taken.includes(name)) name = `${name} together`;
  return name;
}
