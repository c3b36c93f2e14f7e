/**
 * Which images a participant sees, in which pairs, order and places. Pure: who has judged what comes in, a plan comes
 * out; that no two participants are given the same last judgement is the database's business.
 */
import type { RandomStream } from "../base/random.ts";
import type { Condition, Side } from "./contract/api.ts";
import type { Protocol } from "./protocol.ts";
import type { ImageRecord, PairType, TrialKind } from "./records.ts";

export interface AssignableImage {
  id: number;
  role: ImageRecord["role"];
  /** Has the label that is asked for. */
  isTarget: boolean;
  /** Judgements of it in the participant's condition: those committed, and those that others are assigned to give. */
  assigned: number;
}

export interface PlannedTrial {
  kind: TrialKind;
  pair: PairType;
  /** Ids of images. */
  left: number;
  right: number;
  /** The side of the target; null in pairs that have no right answer. */
  answer: Side | null;
  /** A rest is offered before it. */
  rest: boolean;
}

/** What of the protocol an assignment follows. */
export type AssignmentRules = Pick<
  Protocol,
  "pairs" | "practiceTrials" | "catchTrials" | "targetJudgements" | "restEvery"
>;

export interface AssignmentRequest {
  protocol: AssignmentRules;
  images: readonly AssignableImage[];
  random: RandomStream;
}

/** How many images one participant sees of each role and label. */
export function imagesNeeded({ pairs, practiceTrials, catchTrials }: Omit<AssignmentRules, "restEvery">) {
  return {
    main: {
      target: pairs.targetOther + 2 * pairs.targetTarget,
      other: pairs.targetOther + 2 * pairs.otherOther,
    },
    practice: { target: practiceTrials, other: practiceTrials },
    catch: { target: catchTrials, other: catchTrials },
  };
}

/**
 * How many participants of one condition give all main images of a label their judgements, if nobody drops out. The
 * greater number is what the study needs; until then images of the other label are judged more often than was asked for.
 */
export function participantsNeeded(
  rules: AssignmentRules,
  images: readonly Pick<AssignableImage, "role" | "isTarget">[],
): { target: number; other: number } {
  const { main } = imagesNeeded(rules);
  const need = (isTarget: boolean, each: number) => {
    const count = images.filter((image) => image.role === "main" && image.isTarget === isTarget).length;
    return Math.ceil((count * rules.targetJudgements) / each);
  };
  return { target: need(true, main.target), other: need(false, main.other) };
}

/**
 * A participant's trials, in their order: practice first, then the main trials with the catch trials among them.
 *
 * - No image comes twice.
 * - The images with the fewest judgements come first, by chance among equals; so counts of one label never differ by more
 *   than one while nobody drops out. As long as any main image lacks a judgement the plan is made; images that have
 *   theirs fill it up where too few lack one.
 * - In each kind of trial the answer is as often left as right, one more at most, in random order.
 * - No catch trial is the first after the practice or next to another, nor the last where there is room; each lies
 *   somewhere in its own stretch of the main trials.
 * - A rest is offered after every `restEvery` trials, practice not counted.
 *
 * @returns undefined when no main image that the protocol's pairs use needs another judgement
 * @throws RangeError when there are fewer images than `imagesNeeded`, or more catch than main trials; `readStudy` lets
 * no such study pass
 */
export function assignTrials({ protocol, images, random }: AssignmentRequest): PlannedTrial[] | undefined {
  const needed = imagesNeeded(protocol);
  const draw = (role: AssignableImage["role"], isTarget: boolean): AssignableImage[] => {
    const count = needed[role][isTarget ? "target" : "other"];
    const there = images.filter((image) => image.role === role && image.isTarget === isTarget);
    if (there.length < count) {
      throw new RangeError(
        `${count} ${role} images ${isTarget ? "with" : "without"} the target are needed, not ${there.length}`,
      );
    }
    // The sort is stable, so equals stay in random order.
    const fewestFirst = random.shuffle(there).sort((a, b) => (role === "main" ? a.assigned - b.assigned : 0));
    // Shuffled again, or the rarest would always be in the same kind of pair.
    return random.shuffle(fewestFirst.slice(0, count));
  };
  const targets = draw("main", true);
  const others = draw("main", false);
  if (![...targets, ...others].some(({ assigned }) => assigned < protocol.targetJudgements)) return undefined;

  const { targetOther } = protocol.pairs;
  const main = random.shuffle([
    ...withAnswers("main", targets.slice(0, targetOther), others.slice(0, targetOther), random),
    ...alike("target-target", targets.slice(targetOther)),
    ...alike("other-other", others.slice(targetOther)),
  ]);
  const practice = withAnswers("practice", draw("practice", true), draw("practice", false), random);
  const catches = withAnswers("catch", draw("catch", true), draw("catch", false), random);
  const judged = spread(catches, main, random).map((trial, index) => ({
    ...trial,
    rest: index > 0 && protocol.restEvery > 0 && index % protocol.restEvery === 0,
  }));
  return [...practice, ...judged];
}

/** Pairs with a right answer, as often left as right. */
function withAnswers(
  kind: TrialKind,
  targets: readonly AssignableImage[],
  others: readonly AssignableImage[],
  random: RandomStream,
): PlannedTrial[] {
  const first = random.integer(2);
  const answers = random.shuffle(targets.map((_, index): Side => ((index + first) % 2 === 0 ? "left" : "right")));
  return targets.map(({ id: target }, index) => {
    const other = others[index].id;
    const answer = answers[index];
    const [left, right] = answer === "left" ? [target, other] : [other, target];
    return { kind, pair: "target-other", left, right, answer, rest: false };
  });
}

/** Main pairs of one label. The images come in random order, so their sides are random. */
function alike(pair: PairType, images: readonly AssignableImage[]): PlannedTrial[] {
  return Array.from({ length: images.length / 2 }, (_, index) => {
    const [left, right] = [images[2 * index].id, images[2 * index + 1].id];
    return { kind: "main", pair, left, right, answer: null, rest: false };
  });
}

/** The main trials with a catch trial somewhere in each of as many equal stretches of them. */
function spread(catches: readonly PlannedTrial[], main: readonly PlannedTrial[], random: RandomStream): PlannedTrial[] {
  if (catches.length > main.length) {
    throw new RangeError(`${catches.length} catch trials cannot be apart among ${main.length} main trials`);
  }
  // A catch trial stands behind a main trial; behind the last one only where it must.
  const places = catches.length < main.length ? main.length - 1 : main.length;
  const behind = new Map<number, PlannedTrial>();
  catches.forEach((trial, index) => {
    const from = Math.floor((index * places) / catches.length);
    const to = Math.floor(((index + 1) * places) / catches.length);
    behind.set(from + random.integer(to - from), trial);
  });
  return main.flatMap((trial, index) => {
    const found = behind.get(index);
    return found === undefined ? [trial] : [trial, found];
  });
}

/** The condition that the fewest participants are in, by chance among equals. */
export function chooseCondition(
  participants: ReadonlyMap<Condition, number>,
  conditions: readonly Condition[],
  random: RandomStream,
): Condition {
  return random.shuffle(conditions).sort((a, b) => (participants.get(a) ?? 0) - (participants.get(b) ?? 0))[0];
}
