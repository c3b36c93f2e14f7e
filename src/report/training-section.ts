/** How the training went. */
import type { EpochMetrics } from "../training/metrics.ts";
import { count, decimals, percent } from "./format.ts";
import { html } from "./html.ts";
import { absent, figure, type Section } from "./page.ts";
import { lossFigure, validationFigure } from "./training-figures.ts";

export function trainingSection(epochs: readonly EpochMetrics[] | null): Section {
  const head = { id: "training", title: "Training" };
  const last = epochs?.at(-1);
  if (epochs === null || last === undefined)
    return { ...head, body: absent("No epoch has been finished yet: metrics.jsonl is absent or empty.") };
  const best = epochs.findLast((epoch) => epoch.best);
  const seconds = epochs.reduce((total, epoch) => total + epoch.seconds, 0);
  const rate = epochs.reduce((total, epoch) => total + epoch.images, 0) / seconds;
  const body = html`
<p>${last.epoch} of ${last.epochs} epochs of ${count(last.images)} images, ${count(last.guided)} of them guided by a map,
at ${rate.toFixed(1)} images a second. ${
    best !== undefined &&
    html`The weights kept are those of epoch ${best.epoch}: on validation ${
      best.validation.auc !== null && html`AUC ${decimals(best.validation.auc)}, `
    }accuracy ${percent(best.validation.accuracy)}.`
  }</p>
<div class="figures">
${figure(lossFigure(epochs), "Loss. The loss is what training lowers: cross-entropy, blended with the guidance term where there is one. Validation that climbs while training falls is overfitting.")}
${figure(validationFigure(epochs), "AUC and accuracy on validation images, which no weight was fitted to.")}
</div>`;
  return { ...head, body };
}
