/** Plausible records of a study, for tests: people of stated skill who drop out, fail catch trials and tire. */
import { type RandomStream, randomStream } from "../src/base/random.ts";
import type { Condition, Side } from "../src/study/contract/api.ts";
import { type Protocol, protocolSchema } from "../src/study/protocol.ts";
import type { ImageRecord, PairType, ParticipantRecord, StudyRecords, TrialRecord } from "../src/study/records.ts";

/** A protocol as the study file's schema fills it in; `changes` replace its fields. */
export function testProtocol(changes: Record<string, unknown> = {}): Protocol {
  return protocolSchema.parse({
    name: "faces",
    title: "Which face is synthetic?",
    images: { manifest: "images.csv" },
    question: { text: "Which face is synthetic?", target: "synthetic" },
    pairs: { targetOther: 24 },
    consent: { version: "1", text: "I agree." },
    ...changes,
  });
}

export interface RecordOptions {
  participants: number;
  protocol?: Protocol;
  /** Probability of a right decision in each condition; participants scatter around it by 0.08. */
  skill?: Partial<Record<Condition, number>>;
  /** Images of each label. */
  images?: number;
  /** Probability of leaving before the end, of guessing at a catch trial. */
  dropOut?: number;
  careless?: number;
  seed?: number;
}

export function studyRecords({
  participants,
  protocol = testProtocol(),
  skill = {},
  images = 60,
  dropOut = 0.1,
  careless = 0.05,
  seed = 1,
}: RecordOptions): StudyRecords {
  const shown = imageRecords(images);
  const records: StudyRecords = { images: shown, participants: [], trials: [] };
  for (let id = 1; id <= participants; id++) {
    const random = randomStream(seed, "participant", id);
    const condition = protocol.conditions[id % protocol.conditions.length];
    const joined = time(id * 60);
    const trials = trialsOf(id, condition, shown, protocol, random, {
      skill: clamp((skill[condition] ?? (condition === "choice-only" ? 0.56 : 0.64)) + 0.08 * random.normal()),
      leaves: random.uniform() < dropOut,
      careless: random.uniform() < careless,
    });
    const total = protocol.practiceTrials + protocol.catchTrials + sumOf(protocol);
    const complete = trials.length === total;
    const last = trials.at(-1)?.committedAt ?? joined;
    records.trials.push(...trials);
    records.participants.push({
      id,
      condition,
      state: complete ? "complete" : "expired",
      joinedAt: joined,
      begunAt: joined,
      finishedAt: complete ? last : null,
      lastSeenAt: last,
      answersBefore: null,
      answersAfter: null,
      consentVersion: "1",
      trials: total,
    });
  }
  return records;
}

/** Somebody who joined and never began. */
export function visitor(id: number, changes: Partial<ParticipantRecord>): ParticipantRecord {
  return {
    id,
    condition: null,
    state: "consent",
    joinedAt: time(id * 60),
    begunAt: null,
    finishedAt: null,
    lastSeenAt: time(id * 60),
    answersBefore: null,
    answersAfter: null,
    consentVersion: null,
    trials: 0,
    ...changes,
  };
}

const sumOf = ({ pairs }: Protocol) => pairs.targetOther + pairs.targetTarget + pairs.otherOther;
const clamp = (probability: number) => Math.min(1, Math.max(0, probability));
const time = (seconds: number) => new Date(Date.UTC(2024, 2, 4, 9) + seconds * 1000).toISOString();
const sources = ["StyleGAN2", "StyleGAN3", "ProGAN"];

function imageRecords(images: number): ImageRecord[] {
  const one = (id: number, label: string, source: string, role: ImageRecord["role"]): ImageRecord => ({
    id,
    name: `${label}/${id}.png`,
    file: `/images/${label}/${id}.png`,
    label,
    source,
    saliency: null,
    role,
    width: 256,
    height: 256,
  });
  const both = Array.from({ length: images }, (_, i) => [
    one(2 * i + 1, "synthetic", sources[i % sources.length], "main"),
    one(2 * i + 2, "real", "FFHQ", "main"),
  ]);
  const others = (["practice", "catch"] as const).flatMap((role, i) => [
    one(10_001 + 2 * i, "synthetic", "StyleGAN", role),
    one(10_002 + 2 * i, "real", "FFHQ", role),
  ]);
  return [...both.flat(), ...others];
}

interface Person {
  skill: number;
  leaves: boolean;
  careless: boolean;
}

function trialsOf(
  participant: number,
  condition: Condition,
  images: readonly ImageRecord[],
  protocol: Protocol,
  random: RandomStream,
  person: Person,
): TrialRecord[] {
  const { pairs, practiceTrials, catchTrials } = protocol;
  const repeat = <T>(count: number, value: T) => Array.from({ length: count }, () => value);
  const main: PairType[] = [
    ...repeat<PairType>(pairs.targetOther, "target-other"),
    ...repeat<PairType>(pairs.targetTarget, "target-target"),
    ...repeat<PairType>(pairs.otherOther, "other-other"),
  ];
  const plan = [
    ...repeat(practiceTrials, { kind: "practice" as const, pair: "target-other" as PairType }),
    ...random.shuffle([
      ...main.map((pair) => ({ kind: "main" as const, pair })),
      ...repeat(catchTrials, { kind: "catch" as const, pair: "target-other" as PairType }),
    ]),
  ];
  const pool = (role: ImageRecord["role"], label: string) =>
    random.shuffle(images.filter((image) => image.role === role && image.label === label));
  const pools = new Map(
    (["main", "practice", "catch"] as const).flatMap((role) =>
      ["synthetic", "real"].map((label) => [`${role} ${label}`, pool(role, label)] as const),
    ),
  );
  const take = (role: ImageRecord["role"], label: string): number => {
    const own = pools.get(`${role} ${label}`)!;
    const image = own.shift()!;
    own.push(image);
    return image.id;
  };
  const stopsAfter = person.leaves ? random.integer(plan.length) : plan.length;
  return plan.slice(0, stopsAfter).map(({ kind, pair }, position): TrialRecord => {
    const answer: Side | null = pair === "target-other" ? (random.uniform() < 0.5 ? "left" : "right") : null;
    const skill = kind === "main" ? person.skill : person.careless ? 0.5 : 1;
    const correct = answer === null ? null : random.uniform() < skill;
    const choice: Side = answer === null ? (random.uniform() < 0.55 ? "left" : "right") : sideOf(answer, correct!);
    const first = take(kind, pair === "other-other" ? "real" : "synthetic");
    const second = take(kind, pair === "target-target" ? "synthetic" : "real");
    const [left, right] = answer === "right" ? [second, first] : [first, second];
    const speed = condition === "choice-and-mark" ? 0.25 : 0;
    return {
      id: participant * 1000 + position,
      participant,
      condition,
      position,
      kind,
      pair,
      left,
      right,
      answer,
      correct,
      choice,
      responseMs: Math.round(Math.exp(8 + speed + 0.5 * random.normal() - 0.01 * position)),
      markingMs: condition === "choice-and-mark" ? Math.round(Math.exp(9 + 0.4 * random.normal())) : 0,
      chosenBy: "mouse",
      strokes: { left: [], right: [] },
      undone: 0,
      display: { window: [1280, 800], image: [512, 512], pixelRatio: 1, layout: "beside" },
      blurred: random.uniform() < 0.02 ? 1 : 0,
      committedAt: time(participant * 60 + 12 * (position + 1)),
    };
  });
}

const sideOf = (answer: Side, correct: boolean): Side => (correct === (answer === "left") ? "left" : "right");
