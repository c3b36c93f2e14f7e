/**
 * A simulated participant: what somebody of a given skill, pace and hand does in a trial. Pure and without Node.js or
 * DOM: the same model takes part over HTTP, in tests, and in a browser through the plugin's `simulate`, where it is told
 * neither answer nor evidence and guesses.
 *
 * The model is made for rehearsals, no claim about people. Somebody either sees the evidence (`skill`) and is right, or
 * guesses: the chance to be right is skill + (1 − skill) / 2. Who saw the evidence marks it, others mark what they look
 * at by habit, mostly near the middle. Response times are log-normal. Fatigue takes skill and thoroughness away and makes
 * hasty; careless trials are answered as soon as the page allows.
 */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { Condition, MarkingRule, Side, TrialResult } from "./api.ts";
import type { Size } from "./geometry.ts";
import { type Hand, markImage } from "./simulated-marks.ts";
import type { EvidenceGrid } from "./simulated-spots.ts";
import type { Stroke } from "./strokes.ts";

export type { EvidenceGrid } from "./simulated-spots.ts";

export interface Traits {
  /** The chance to see the evidence, 0..1. */
  skill: number;
  /** What is added to it in the condition `choice-and-mark`: whoever must mark looks closer. */
  gain: number;
  /** The chance to mark each region of the evidence, 0..1; one of them is always marked. */
  thoroughness: number;
  /** How far marks lie beside what they mean, as a share of the image's width (standard deviation). */
  tremor: number;
  /** 1 has a median response time of 4 seconds, 2 half of that. */
  speed: number;
  /** The share of skill and thoroughness that is lost in the long run, 0..1; two thirds of it within 40 trials. */
  fatigue: number;
  /** The chance to answer a trial without looking, 0..1. */
  carelessness: number;
}

/** Somebody in the middle. */
export const typicalTraits: Readonly<Traits> = {
  skill: 0.5,
  gain: 0.1,
  thoroughness: 0.7,
  tremor: 0.015,
  speed: 1,
  fatigue: 0.1,
  carelessness: 0.01,
};

/** Somebody who wants it to be over. */
export const carelessTraits: Readonly<Traits> = {
  ...typicalTraits,
  skill: 0.05,
  gain: 0,
  thoroughness: 0.1,
  tremor: 0.05,
  carelessness: 0.9,
};

/** People around a mean skill, 0..1, who differ as people do. */
export function variedTraits(skill: number, uniform: () => number): Traits {
  const between = (least: number, greatest: number) => least + uniform() * (greatest - least);
  const clamped = (value: number) => Math.min(1, Math.max(0, value));
  return {
    ...typicalTraits,
    skill: clamped(skill + between(-0.15, 0.15) * Math.min(1, 4 * Math.min(skill, 1 - skill))),
    thoroughness: between(0.4, 1),
    tremor: between(0.008, 0.025),
    speed: Math.exp(between(-0.5, 0.5)),
    fatigue: between(0, 0.25),
  };
}

export interface SimulatedTask {
  /** The right side, where there is one and it is known. */
  answer?: Side | undefined;
  condition: Condition;
  /** In the condition `choice-and-mark`. */
  marking?: MarkingRule | undefined;
  /** The protocol's; no answer comes earlier. */
  minimumLookingMs?: number | undefined;
  images: Readonly<Record<Side, Size>>;
  /** Where on the images the evidence lies, as far as known. */
  evidence?: Partial<Record<Side, EvidenceGrid>> | undefined;
}

export interface SimulatedParticipant {
  /**
   * The next trial's result; what is marked meets the marking rule.
   * @throws RangeError where marks are asked for without a rule, or the rule cannot be met on such an image
   */
  decide(task: SimulatedTask): TrialResult;
}

const medianResponseMs = 4_000;
const responseSpread = 0.5;
const tiresWithinTrials = 40;

/**
 * @param traits those of `typicalTraits` where they are not given
 * @param seed an integer; the same seed does the same
 */
export function simulatedParticipant(traits: Partial<Traits>, seed: number): SimulatedParticipant {
  const { skill, gain, thoroughness, tremor, speed, fatigue, carelessness } = { ...typicalTraits, ...traits };
  const generator = xoroshiro128plus(seed);
  const uniform = () => uniformFloat64(generator);
  // Box–Muller; 1 − u keeps the logarithm finite.
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const device = deviceOf(uniform());
  let trials = 0;

  return {
    decide({ answer, condition, marking, minimumLookingMs = 0, images, evidence = {} }) {
      const tired = fatigue * (1 - Math.exp(-trials++ / tiresWithinTrials));
      const careless = uniform() < carelessness;
      const marks = condition === "choice-and-mark";
      const sees = !careless && uniform() < Math.min(1, skill + (marks ? gain : 0)) * (1 - tired);
      const guess: Side = uniform() < 0.5 ? "left" : "right";
      const choice = sees && answer !== undefined ? answer : guess;

      const own = careless
        ? 250 * Math.exp(0.3 * normal())
        : ((medianResponseMs * (1 - tired / 2)) / speed) * Math.exp(responseSpread * normal());
      // Whoever waits for the page to allow an answer needs a moment to see that it does.
      const responseMs = roundedTo(10, Math.max(own, minimumLookingMs + 100 + 200 * uniform()));
      const result: TrialResult = {
        choice,
        responseMs,
        markingMs: 0,
        chosenBy: device.pointer === "mouse" && uniform() < 0.2 ? "keyboard" : device.pointer,
        strokes: { left: [], right: [] },
        undone: 0,
        display: displayOf(device, images.left),
        blurred: uniform() < (careless ? 0.15 : 0.02) ? 1 : 0,
      };
      if (!marks) return result;

      if (marking === undefined) throw new RangeError("marks are asked for, but no marking rule is given");
      const hand: Hand = {
        ...{ uniform, normal, tremor, pointer: device.pointer },
        thoroughness: careless ? 0 : thoroughness * (1 - tired),
        now: responseMs + 300 + 400 * uniform(),
      };
      const other: Side = choice === "left" ? "right" : "left";
      for (const side of marking.on === "both" ? [choice, other] : [choice]) {
        const drawn: Stroke[] = markImage(images[side], marking, sees ? evidence[side] : undefined, hand);
        result.strokes[side] = drawn;
        if (uniform() < 0.15) {
          // A stroke that went wrong: it cost time and is gone.
          result.undone++;
          hand.now += 1_500;
        }
      }
      result.markingMs = roundedTo(10, hand.now + 400 + 600 * uniform() - responseMs);
      return result;
    },
  };
}

interface Device {
  pointer: "mouse" | "touch" | "pen";
  window: [width: number, height: number];
  pixelRatio: number;
}

function deviceOf(share: number): Device {
  if (share < 0.7) return { pointer: "mouse", window: [1440, 900], pixelRatio: 1 };
  if (share < 0.95) return { pointer: "touch", window: [390, 844], pixelRatio: 3 };
  return { pointer: "pen", window: [1180, 820], pixelRatio: 2 };
}

/** Two images beside one another on a wide window, one above the other on a narrow one. */
function displayOf({ window, pixelRatio }: Device, { width, height }: Size): TrialResult["display"] {
  const stacked = window[0] < window[1];
  const room = stacked ? [window[0] - 32, (window[1] - 200) / 2] : [(window[0] - 96) / 2, window[1] - 200];
  const scale = Math.min(room[0] / width, room[1] / height);
  return {
    window,
    image: [roundedTo(10, width * scale), roundedTo(10, height * scale)],
    pixelRatio,
    layout: stacked ? "stacked" : "beside",
  };
}

function roundedTo(parts: number, value: number): number {
  return Math.round(value * parts) / parts;
}
