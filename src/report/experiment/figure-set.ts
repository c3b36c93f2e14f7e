/** All figures of an experiment: each once, for the page and as files of their own. */
import type { ExperimentResults } from "../../experiment/results/index.ts";
import { camGrid } from "./cam-grid.ts";
import { alphaFigure, aucFigure, rocFigure, trainingFigure, trainingImagesFigure } from "./figures.ts";
import { humansFigure } from "./humans-figure.ts";

export const figureKinds = ["auc", "roc", "training", "alpha", "training-images", "humans", "cams"] as const;
export type FigureKind = (typeof figureKinds)[number];

export interface NamedFigure {
  kind: FigureKind;
  /** Of its files, without an ending. */
  name: string;
  svg: string;
  caption: string;
}

/** The set on which a network is judged as a whole: the pool of all sets, or the only one. */
export const mainSet = ({ testSets }: ExperimentResults) => testSets[testSets.length - 1].name;

export async function allFigures(results: ExperimentResults): Promise<NamedFigure[]> {
  const figures: NamedFigure[] = [];
  const add = (kind: FigureKind, parts: readonly string[], svg: string | null, caption: string) => {
    if (svg !== null) figures.push({ kind, name: [kind, ...parts.map(fileName)].join("-"), svg, caption });
  };
  const main = mainSet(results);
  const labels = [...new Set(results.cams.map(({ label }) => label))];
  for (const network of results.networks) {
    add(
      "auc",
      [network],
      aucFigure(results, network, main),
      `${network}, ${main}: a dot is a run, the upright line the mean.`,
    );
    for (const { name } of [...results.testSets].reverse())
      add("roc", [network, name], rocFigure(results, network, name), `${network}, ${name}.`);
    add(
      "training",
      [network],
      trainingFigure(results, network),
      `${network}: mean over seeds ± one standard deviation.`,
    );
    add(
      "alpha",
      [network],
      alphaFigure(results, network, main),
      `${network}, ${main}: mean ± standard deviation over seeds; level lines are strategies without α.`,
    );
    add(
      "training-images",
      [network],
      trainingImagesFigure(results, network, main),
      `${network}, ${main}: mean ± standard deviation over seeds.`,
    );
    add(
      "humans",
      [network],
      humansFigure(results, network),
      `${network}: people with their interval, networks with one standard deviation over seeds.`,
    );
    for (const label of labels)
      add(
        "cams",
        [network, label],
        await camGrid(results, network, label),
        `${network}: images of ${label}, over all test sets.`,
      );
  }
  return withDistinctNames(figures);
}

const fileName = (name: string) => name.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 80);

function withDistinctNames(figures: NamedFigure[]): NamedFigure[] {
  const taken = new Map<string, number>();
  return figures.map((figure) => {
    const times = (taken.get(figure.name) ?? 0) + 1;
    taken.set(figure.name, times);
    return times === 1 ? figure : { ...figure, name: `${figure.name}-${times}` };
  });
}
