/** What each number of a report means, for someone who has not met it before. */
import { type HtmlValue, html } from "./html.ts";
import type { Section } from "./page.ts";

/** @param positiveClass null when it is not known yet */
export function meaningsSection(positiveClass: string | null): Section {
  const positive = positiveClass === null ? "positive" : `positive (${positiveClass})`;
  const meanings: [term: string, meaning: HtmlValue][] = [
    [
      "Score",
      `The log-odds that an image is ${positive}: 0 is even, 1 about 73%, −1 about 27%. Higher is more positive.`,
    ],
    [
      "AUC, area under the ROC curve",
      `Take one ${positive} and one negative image at random: how often does the positive one score higher? 1 is always, 0.5 is a coin, below 0.5 the ranking is upside down. It needs no threshold and does not depend on how many images of each class there are.`,
    ],
    [
      "Interval",
      "Where the true AUC is likely to lie, given how many test images there are: of intervals made like this at 95%, about 95 in 100 hold it (DeLong's variance on the logit scale). It tells how the choice of test images matters, not how another training seed would: for that, train several.",
    ],
    [
      "TPR at FPR 1%",
      "The share of positive images found by the lowest threshold at which no more than 1% of negative images are called positive. This is how a detector is used when false alarms are costly.",
    ],
    [
      "EER, equal error rate",
      "The error rate where both kinds of error are equally frequent. 0 is perfect, 50% is a coin.",
    ],
    [
      "Threshold",
      "The score from which on an image is called positive. It is chosen on validation images before any test image is looked at; a threshold chosen on the test set would flatter the result.",
    ],
    ["Accuracy", "The share of images on the right side of the threshold. It leans to the class that has more images."],
    [
      "APCER",
      "Attack presentation classification error rate (ISO/IEC 30107-3): the share of positive images that are missed, for the source on which the detector is worst.",
    ],
    [
      "BPCER",
      "Bona fide presentation classification error rate: the share of negative images that are called positive.",
    ],
    ["ACER", "The mean of APCER and BPCER."],
    ["Class accuracy", "The share of images whose most probable class is the true one, whatever the threshold."],
    [
      "Cross-entropy, guidance term, loss",
      "Cross-entropy punishes wrong and unsure answers. The guidance term is the mean squared difference between where the network looks and where people look. The loss blends the two.",
    ],
  ];
  return {
    id: "meanings",
    title: "What the numbers mean",
    body: html`<dl class="meanings">${meanings.map(([term, meaning]) => html`<dt>${term}</dt><dd>${meaning}</dd>\n`)}</dl>`,
  };
}
