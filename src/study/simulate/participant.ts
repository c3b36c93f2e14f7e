/** One simulated participant: from the invitation to the completion code, or to wherever it leaves. */
import { setTimeout as sleep } from "node:timers/promises";
import type { RandomStream } from "../../base/random.ts";
import type { Committed, Session, Side, StudyInfo, TrialResult, TrialToShow } from "../contract/api.ts";
import {
  carelessTraits,
  type SimulatedParticipant,
  simulatedParticipant,
  variedTraits,
} from "../contract/simulated-participant.ts";
import { answerQuestions } from "./answers.ts";
import type { StudyClient } from "./client.ts";
import type { Outcome } from "./simulate.ts";
import type { Truth } from "./truth.ts";

/** What participants are like. Shares and chances are 0..1. */
export interface Habits {
  /** Mean chance to see the evidence; whoever does not see it guesses. */
  skill: number;
  /** Share of participants who do not look and guess at once. */
  careless: number;
  /** Share of participants who leave in the middle and do not come back. */
  dropOut: number;
  /** Chance to reload the page before a trial. */
  refresh: number;
  /** Chance that a trial is sent twice. */
  resend: number;
  /** Share of a participant's own time for looking and marking that really passes: 0 none, 1 as people do. */
  pace: number;
}

export interface Participation {
  client: StudyClient;
  info: StudyInfo;
  truth: Truth;
  habits: Habits;
  random: RandomStream;
  /** Of looking and marking. */
  seed: number;
  /** As a recruitment platform would name them. */
  externalId: string;
  signal?: AbortSignal | undefined;
  onCommitted: (trial: string, milliseconds: number) => void;
  onRefresh: () => void;
  onResend: () => void;
}

/** @throws Error when the server does what it should not: no step forward, another trial after a reload, … */
export async function takePart(participation: Participation): Promise<Outcome> {
  const { client, info, truth, habits, random, externalId } = participation;
  const visit = new Visit(participation);
  const leavesAt = random.uniform() < habits.dropOut ? random.uniform() : undefined;
  let session = await client.join(info.platform === "link" ? {} : { recruitment: { participant: externalId } });
  for (;;) {
    const { state } = session;
    switch (state) {
      case "consent":
        session = await client.consent({ version: info.consent.version });
        break;
      case "before":
      case "after":
        session = await client.answers({
          form: state,
          answers: answerQuestions(session.questions ?? [], truth.questions[state], random),
        });
        break;
      case "trials": {
        const { done, total } = required(session.progress, "progress");
        if (leavesAt !== undefined && done >= Math.floor(leavesAt * total)) return "dropped-out";
        session = await visit.doTrial(session);
        const doneNow = session.state === "trials" ? required(session.progress, "progress").done : total;
        if (doneNow !== done + 1)
          throw new Error(`${done + 1} trials of ${total} are done, the session says ${doneNow}`);
        continue;
      }
      case "complete":
        required(session.completion, "completion code");
        return "complete";
      default:
        return state;
    }
    if (session.state === state) throw new Error(`the step "${state}" was accepted, but the session stands still`);
  }
}

/** A participant among its trials: what its browser has loaded, and how it looks and marks. */
class Visit {
  private readonly participation: Participation;
  private readonly loaded = new Set<string>();
  private readonly person: SimulatedParticipant;

  constructor(participation: Participation) {
    const { habits, random, seed } = participation;
    const careless = random.uniform() < habits.careless;
    this.participation = participation;
    this.person = simulatedParticipant(careless ? carelessTraits : variedTraits(habits.skill, random.uniform), seed);
  }

  /** @returns the session after it */
  async doTrial(session: Session): Promise<Session> {
    const { client, truth, habits, random, onCommitted, onRefresh, onResend } = this.participation;
    const trial = required(session.trial, "trial");
    const condition = required(session.condition, "condition");
    await this.load([trial.left.url, trial.right.url]);
    if (random.uniform() < habits.refresh) {
      onRefresh();
      const again = await client.session();
      if (again.trial?.id !== trial.id) throw new Error("after a reload of the page the session names another trial");
    }
    const { answer, evidence } = await truth.of(trial);
    const { marking, minimumLookingMs } = session;
    const result = this.person.decide({ answer, condition, marking, minimumLookingMs, images: trial, evidence });
    const [, { committed, milliseconds }] = await Promise.all([
      this.load(session.upcoming ?? []),
      this.wait(result).then(() => client.commit(trial.id, result)),
    ]);
    onCommitted(trial.id, milliseconds);
    requireFeedback(committed, trial, answer);
    if (random.uniform() < habits.resend) {
      onResend();
      const twice = await Promise.all([client.commit(trial.id, result), client.commit(trial.id, result)]);
      for (const { committed: again } of twice) {
        if (again.trial !== trial.id) throw new Error("a trial that was sent twice is confirmed as another");
        requireFeedback(again, trial, answer);
      }
    }
    return committed.session;
  }

  private async wait({ responseMs, markingMs }: TrialResult): Promise<void> {
    const { habits, signal } = this.participation;
    if (habits.pace > 0) await sleep(habits.pace * (responseMs + markingMs), undefined, { signal });
  }

  /** A browser asks for each image once. */
  private async load(urls: readonly string[]): Promise<void> {
    const fresh = urls.filter((url) => !this.loaded.has(url));
    for (const url of fresh) this.loaded.add(url);
    await Promise.all(fresh.map((url) => this.participation.client.image(url)));
  }
}

/** Practice tells the answer, and nothing else does. */
function requireFeedback({ feedback }: Committed, { practice }: TrialToShow, answer: Side | undefined): void {
  if (!practice && feedback !== undefined) throw new Error("the answer to a trial that counts was told");
  if (practice && answer !== undefined && feedback?.answer !== answer)
    throw new Error(`the feedback of a practice trial names the side ${feedback?.answer}, but it is ${answer}`);
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the session lacks its ${what}`);
  return value;
}
