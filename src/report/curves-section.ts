/** What the numbers of an evaluation come from: ROC curves and score histograms of all test sets. */
import type { EvaluationResults, ScoreRow } from "../evaluation/index.ts";
import { decimals } from "./format.ts";
import { html } from "./html.ts";
import { absent, figure, type Section } from "./page.ts";
import { notEvaluated } from "./results-section.ts";
import { histogramFigure, rocFigure } from "./score-figures.ts";

/** ROC curves of all test sets on both axes. */
export function rocSection(evaluation: EvaluationResults | null): Section {
  const head = { id: "roc", title: "ROC curves" };
  if (evaluation === null) return { ...head, body: absent(notEvaluated) };
  const curves = evaluation.testSets.flatMap(({ name, auc, roc }) =>
    auc.value === null ? [] : [{ name: `${name} (AUC ${decimals(auc.value)})`, points: roc }],
  );
  if (curves.length === 0)
    return { ...head, body: absent("No test set holds both classes, so there is no ROC curve.") };
  const body = html`
<p>Each point of a curve is one threshold: how many positive images it finds (up) at the price of how many negative images
that it takes for positive (right). A detector without knowledge follows the thin line.</p>
<div class="figures">
${figure(rocFigure(curves, "linear"), "All false positive rates alike.")}
${figure(rocFigure(curves, "log"), "The same with the low false positive rates spread out, where a detector in use has to work.")}
</div>`;
  return { ...head, body };
}

/** Score histograms of the test sets whose score files are there. */
export function scoresSection(evaluation: EvaluationResults | null, scores: ReadonlyMap<string, ScoreRow[]>): Section {
  const head = { id: "scores", title: "Scores" };
  if (evaluation === null) return { ...head, body: absent(notEvaluated) };
  const { testSets, threshold } = evaluation;
  const body = html`
<p>The scores of each class as shares of that class, with the threshold. The further apart the hills, the better; scores
beyond the ends of the axis are counted in the outermost steps.</p>
<div class="figures">
${testSets.map(({ name }) => {
  const rows = scores.get(name);
  if (rows === undefined) return absent(`${name}: there is no scores/${name}.csv in the run folder.`);
  const classes = evaluation.classes.map((label) => ({
    label,
    scores: Float64Array.from(
      rows.filter((row) => row.label === label),
      ({ score }) => score,
    ),
  }));
  return figure(histogramFigure(classes, threshold.value), name);
})}
</div>`;
  return { ...head, body };
}
