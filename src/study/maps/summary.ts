/** What the maps of a study rest on, in numbers and on one screen. Pure. */
import { quantileSorted } from "simple-statistics";
import { alphaOfTallies, type Tally } from "../../saliency/alpha.ts";
import type { Agreement } from "./agreement.ts";
import type { CountedMarks, JudgementRule } from "./judgements.ts";

export interface MapsSummary {
  study: string;
  rule: JudgementRule;
  /** Standard deviation as a share of the width. */
  blur: number;
  participants: number;
  /** A judgement is one image marked by one participant. */
  judgements: { counted: number; leftOut: CountedMarks["leftOut"] };
  maps: number;
  withoutMap: { noJudgement: number; blank: number };
  /** Over the images with a map. */
  perMap: Spread | null;
  area: Spread | null;
  agreement: {
    /** Over the images for which each is defined. */
    iou: Spread | null;
    dice: Spread | null;
    alpha: Spread | null;
    splitHalf: { half: Spread; full: Spread } | null;
    /** Of all pixels of all images at once, whoever has not marked an image missing there. */
    alphaOverall: number | null;
  };
  images: ImageSummary[];
}

export interface ImageSummary {
  /** As the study's manifest has it. */
  name: string;
  label: string;
  source: string | null;
  /** Those that count. */
  judgements: number;
  /** File, relative to the summary; null without one. */
  map: string | null;
  /** Null without judgements. */
  agreement: Agreement | null;
}

export interface Spread {
  images: number;
  mean: number;
  least: number;
  median: number;
  greatest: number;
}

export interface MapFacts extends ImageSummary {
  tallies: Tally[];
}

export function summarise(
  study: string,
  { rule, blur }: { rule: JudgementRule; blur: number },
  { participants, counted, leftOut }: CountedMarks,
  facts: readonly MapFacts[],
): MapsSummary {
  const mapped = facts.filter(({ map }) => map !== null);
  const over = (value: (agreement: Agreement) => number | null | undefined) =>
    spreadOf(mapped.map(({ agreement }) => value(agreement!)).filter((found) => found !== null && found !== undefined));
  const half = over(({ splitHalf }) => splitHalf?.half);
  return {
    study,
    rule,
    blur,
    participants,
    judgements: { counted, leftOut },
    maps: mapped.length,
    withoutMap: {
      noJudgement: facts.filter(({ judgements }) => judgements === 0).length,
      blank: facts.filter(({ judgements, map }) => judgements > 0 && map === null).length,
    },
    perMap: spreadOf(mapped.map(({ judgements }) => judgements)),
    area: over(({ area }) => area),
    agreement: {
      iou: over(({ iou }) => iou),
      dice: over(({ dice }) => dice),
      alpha: over(({ alpha }) => alpha),
      splitHalf: half === null ? null : { half, full: over(({ splitHalf }) => splitHalf?.full)! },
      alphaOverall: alphaOfTallies(mapped.flatMap(({ tallies }) => tallies)) ?? null,
    },
    images: facts.map(({ tallies: _, ...image }) => image),
  };
}

function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  return {
    images: sorted.length,
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    least: sorted[0],
    median: quantileSorted(sorted, 0.5),
    greatest: sorted.at(-1)!,
  };
}

const ruleWords: Record<JudgementRule, string> = {
  correct: "right decisions by participants above chance",
  all: "all decisions",
};

/** A dozen lines of text. */
export function renderMapsSummary(summary: MapsSummary): string {
  const { study, rule, blur, participants, judgements, maps, withoutMap, perMap, area, agreement } = summary;
  const { excludedParticipant, notAboveChance, notCorrect } = judgements.leftOut;
  const reasons = [
    [excludedParticipant, "of excluded participants"],
    [notAboveChance, "of participants not above chance"],
    [notCorrect, "of decisions that were not right"],
  ] as const;
  const left = reasons.filter(([count]) => count > 0).map(([count, reason]) => `${whole(count)} ${reason}`);
  const { iou, dice, alpha, splitHalf, alphaOverall } = agreement;
  const lacking = [
    [withoutMap.noJudgement, "no judgement that counts"],
    [withoutMap.blank, "blank"],
  ] as const;
  const without = lacking.filter(([count]) => count > 0).map(([count, reason]) => `${whole(count)} (${reason})`);
  const rows: [string, string][] = [
    ["judgements", `${whole(judgements.counted)} by ${whole(participants)} participants: ${ruleWords[rule]}`],
    ["left out", left.join(", ") || "none"],
    ["per map", perMap === null ? "–" : `mean ${figure(perMap.mean)}, ${perMap.least} to ${perMap.greatest}`],
    [
      "marked area",
      area === null ? "–" : `mean ${percent(area.mean)}, ${percent(area.least)} to ${percent(area.greatest)}`,
    ],
    ["blur", blur === 0 ? "none" : `σ = ${percent(blur)} of the width`],
    ["IoU, Dice", `${meanOf(iou)}, ${meanOf(dice)} (pairs of people)`],
    ["alpha", `${meanOf(alpha)} within images, ${alphaOverall === null ? "–" : figure(alphaOverall)} over all`],
    [
      "split-half",
      splitHalf === null ? "–" : `${meanOf(splitHalf.half)}, by Spearman–Brown ${meanOf(splitHalf.full)}: the ceiling`,
    ],
    ["without a map", without.join(", ") || "none"],
  ];
  const title = `${study}: maps of ${whole(maps)} of ${whole(summary.images.length)} images`;
  const ending = iou === null && maps > 0 ? ["agreement needs two judgements of an image"] : [];
  return [title, ...rows.map(([name, value]) => `  ${name.padEnd(14)} ${value}`), ...ending, ""].join("\n");
}

const whole = (count: number) => count.toLocaleString("en");
const figure = (value: number) => value.toFixed(2);
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const meanOf = (spread: Spread | null) => (spread === null ? "–" : figure(spread.mean));
