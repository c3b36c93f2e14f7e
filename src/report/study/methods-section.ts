/** A paragraph on method and results that can be pasted into a paper, and what its methods are called in the literature. */
import type { ConditionAnalysis, StudyAnalysis } from "../../study/analysis/index.ts";
import { count, percent } from "../format.ts";
import { html } from "../html.ts";
import type { Section } from "../page.ts";
import { conditionNames, countOf, inWords, percentRange, points, pText } from "./words.ts";

export function methodsSection(analysis: StudyAnalysis): Section {
  const body = html`
<p>To be pasted into a paper, and to be completed there: how participants were recruited and paid, who approved the study, what
the images are.</p>
<blockquote><p>${methodText(analysis)}</p>${resultText(analysis) !== "" && html`<p>${resultText(analysis)}</p>`}</blockquote>
<h3>References</h3>
<ul class="notes">${references.map((reference) => html`<li>${reference}</li>`)}</ul>`;
  return { id: "methods", title: "Methods", body };
}

const references = [
  "Efron, B., Tibshirani, R. (1993). An Introduction to the Bootstrap. Chapman & Hall. (Clustered: Field, C. A., Welsh, A. H. (2007). Bootstrapping clustered data. J. R. Stat. Soc. B 69, 369–390.)",
  "Hautus, M. J. (1995). Corrections for extreme proportions and their biasing effects on estimated values of d′. Behav. Res. Methods Instrum. Comput. 27, 46–51.",
  "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scand. J. Stat. 6, 65–70.",
  "Liang, K.-Y., Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models. Biometrika 73, 13–22.",
  "Macmillan, N. A., Creelman, C. D. (2005). Detection Theory: A User’s Guide. 2nd ed. Erlbaum.",
  "Phipson, B., Smyth, G. K. (2010). Permutation p-values should never be zero. Stat. Appl. Genet. Mol. Biol. 9, 39.",
  "Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. J. Am. Stat. Assoc. 22, 209–212.",
];

function methodText({ study, method, flow }: StudyAnalysis): string {
  const { pairs, marking } = study;
  const [joined, , , begun, analysed] = flow.steps.map(({ participants }) => participants.all);
  const perPerson = [
    `${countOf(pairs.targetOther, "pair")} of one image labelled “${study.question.target}” and one other`,
    ...(pairs.targetTarget > 0 ? [`${countOf(pairs.targetTarget, "pair")} of two such images`] : []),
    ...(pairs.otherOther > 0 ? [`${countOf(pairs.otherOther, "pair")} of two others`] : []),
  ];
  const marks = study.conditions.includes("choice-and-mark");
  const excluded = flow.steps[3].losses.filter(({ participants }) => participants.all > 0);
  return [
    `Participants saw two images side by side and answered “${study.question.text}” (two-alternative forced choice).`,
    study.conditions.length > 1
      ? "They were assigned to one of two conditions: choice only, or choice and mark, in which they had to mark the regions that made them choose."
      : `All were in the condition ${conditionNames[study.conditions[0]]}.`,
    marks
      ? `Marks had to cover at least ${percent(marking.leastArea)} of ${marking.on === "both" ? "each image" : "the chosen image"} in at least ${countOf(marking.leastRegions, "region")}.`
      : "",
    `Each judged ${inWords(perPerson)}${
      study.practiceTrials > 0 ? `, after ${countOf(study.practiceTrials, "practice trial")} with feedback` : ""
    }${study.catchTrials > 0 ? `, with ${countOf(study.catchTrials, "catch trial")} of known answer among them` : ""}.`,
    `Of ${countOf(joined, "person", "people")} who joined, ${count(begun)} began; ${count(analysed)} were analysed${
      excluded.length === 0
        ? ""
        : ` (left out, each for the first reason that held: ${excluded.map(({ reason, participants }) => `${count(participants.all)} ${reason}`).join("; ")})`
    }.`,
    `Intervals of accuracy are ${100 * method.level}% percentile bootstrap intervals over participants (${count(method.resamples)} resamples), since judgements of a participant are not independent.`,
    `The group was tested against chance by sign flips of the participants’ accuracies around one half, single participants by exact binomial tests with Holm’s adjustment${
      study.conditions.length > 1 ? ", and the conditions by a permutation test of the participants’ accuracies" : ""
    }, all two-sided; where there were more than ${count(method.permutations)} permutations, as many random ones were drawn.`,
    "No mixed model was fitted: that judgements of one participant belong together is allowed for by permuting and drawing whole participants.",
    "Sensitivity d′ and bias c are those of two-alternative forced choice with the log-linear correction. The change over trials is the slope of a logistic regression with standard errors clustered by participant.",
    `The analysis was run with Oversight, seed ${study.seed}. It treats the images as fixed: intervals and tests speak of other participants, not of other images.`,
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

function resultText({ conditions, comparison, method }: StudyAnalysis): string {
  const told = conditions.flatMap((one) => conditionText(one, method.level));
  if (told.length === 0) return "";
  const sentences = [`Accuracy was ${told.join("; ")}.`];
  if (comparison.value !== null) {
    const { difference, interval, test } = comparison.value;
    const range =
      interval.value === null
        ? ""
        : `, ${100 * method.level}% CI ${points(interval.value.low)} to ${points(interval.value.high)}`;
    sentences.push(
      `The difference, choice and mark less choice only, was ${points(difference)} percentage points${range} (permutation test, ${pText(test.p)}).`,
    );
  }
  return sentences.join(" ");
}

function conditionText({ condition, accuracy, againstChance }: ConditionAnalysis, level: number): string[] {
  if (accuracy.share.value === null) return [];
  const interval =
    accuracy.clustered.value === null ? "" : `${100 * level}% CI ${percentRange(accuracy.clustered.value)}, `;
  const test = againstChance.byParticipant.value;
  return [
    `${percent(accuracy.share.value)} in ${conditionNames[condition]} (${interval}${countOf(accuracy.participants, "participant")}, ${countOf(accuracy.judgements, "judgement")}${test === null ? "" : `; against chance ${pText(test.p)}`})`,
  ];
}
