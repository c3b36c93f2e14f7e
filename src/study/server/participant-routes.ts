/**
 * What a participant may ask and do, as `contract/api.ts` declares it. Each step can be sent again: whoever lost the
 * answer gets it anew, and nothing happens twice.
 */
import { createHmac } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { z } from "zod";
import {
  answersSchema,
  type Committed,
  consentSchema,
  type Joined,
  joinSchema,
  type Session,
  type StudyInfo,
  trialResultSchema,
} from "../contract/api.ts";
import { beginTrials, expire, hasDroppedOut, withdraw } from "../database/assignment.ts";
import { Commits, hashOf } from "../database/commits.ts";
import {
  findStanding,
  joinParticipant,
  markSeen,
  type ParticipantChange,
  type PlannedRow,
  type Standing,
  step,
} from "../database/participants.ts";
import type { StudyDatabase } from "../database/study-database.ts";
import { type Participant, sha256 } from "../database/tables.ts";
import { faultInAnswers, isEligible } from "./check-answers.ts";
import { faultInTrial } from "./check-trial.ts";
import { RecentMap } from "./recent-map.ts";
import { Refused } from "./refused.ts";
import { newCode, newToken, tokenHashOf } from "./secrets.ts";
import { type SessionDependencies, sessionOf } from "./session.ts";

export interface ParticipantDependencies extends SessionDependencies {
  database: StudyDatabase;
  /** Of the hashes by which participants of recruitment platforms are known. */
  recruitmentKey: Uint8Array;
  now: () => Date;
  joinsPerMinute: number;
}

/** Being there is noted so often at most. */
const seenEveryMs = 60_000;

/** So many participants' trials are kept in memory. */
const keptStandings = 2_000;

export function participantRoutes(app: FastifyInstance, dependencies: ParticipantDependencies): void {
  const { database, study, sizeOf, now } = dependencies;
  const { protocol } = study;
  const info = studyInfo(dependencies);
  const commits = new Commits(database);
  const session = ({ participant, trials }: Standing): Session => sessionOf(dependencies, participant, trials);

  /**
   * Of those among their trials, by token. What somebody is to do does not change once it is assigned, so a commit need
   * ask the database nothing before it stores. Where this is out of date, since another server has moved somebody on,
   * the commit comes to nothing and the database is asked after all.
   */
  const standings = new RecentMap<string, Standing>(keptStandings);
  const keep = (standing: Standing) => {
    const { state, token_hash } = standing.participant;
    if (state === "trials") standings.set(token_hash, standing);
    else standings.delete(token_hash);
  };

  /** @throws Refused when the request shows no token that somebody has */
  async function standingOf({ headers }: FastifyRequest, trial: number | null = null): Promise<Standing> {
    const hash = tokenHashOf(headers.authorization);
    const standing = hash === undefined ? undefined : await findStanding(database, hash, trial);
    if (standing === undefined) throw new Refused("unauthorized", "no participant has this token");
    if (!hasDroppedOut(database, standing.participant, now())) {
      keep(standing);
      return standing;
    }
    await expire(database, now());
    return standingOf({ headers } as FastifyRequest, trial);
  }

  /** The same, from memory where that trial is the next one there. */
  async function standingBefore(request: FastifyRequest, trial: number): Promise<Standing> {
    const kept = standings.get(tokenHashOf(request.headers.authorization) ?? "");
    const isNext = kept?.trials.some(({ id, position }) => id === trial && position === kept.participant.done);
    return isNext && !hasDroppedOut(database, kept!.participant, now()) ? kept! : standingOf(request, trial);
  }

  app.addHook("onRequest", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });

  app.get("/study", async () => info);

  app.post(
    "/join",
    { config: { rateLimit: { max: dependencies.joinsPerMinute, timeWindow: 60_000 } }, bodyLimit: 10_000 },
    async (request, reply) => {
      const { recruitment } = parse(joinSchema, request.body ?? {});
      if (recruitment === undefined && protocol.recruitment.platform !== "link") {
        throw new Refused("requirement-not-met", "the link must come from the recruitment platform");
      }
      const token = newToken();
      const joined = await joinParticipant(database, {
        tokenHash: sha256(token),
        recruitment: recruitment ?? null,
        recruitmentKey:
          recruitment === undefined
            ? null
            : createHmac("sha256", dependencies.recruitmentKey).update(recruitment.participant).digest("base64url"),
        now: now(),
      });
      if (!joined) throw new Refused("already-joined", "this participant takes part already");
      const answer: Joined = { token, session: { state: "consent" } };
      return reply.code(201).send(answer);
    },
  );

  app.get("/session", async (request) => {
    const standing = await standingOf(request);
    const { id, last_seen_at } = standing.participant;
    if (now().getTime() - last_seen_at.getTime() > seenEveryMs) await markSeen(database, id, now());
    return session(standing);
  });

  app.post("/consent", { bodyLimit: 10_000 }, async (request) => {
    const { version } = parse(consentSchema, request.body);
    const standing = await standingOf(request);
    const { id, state, consent_version } = standing.participant;
    if (consent_version === version) return session(standing);
    if (state !== "consent") throw outOfOrder("consent was given before, or is not asked for");
    if (version !== protocol.consent.version) {
      throw new Refused("requirement-not-met", "the consent has another version now: read it again");
    }
    const change: ParticipantChange = { consent_version: version };
    if (protocol.questions.before.length === 0) await beginTrials(database, id, "consent", change, now());
    else await step(database, id, "consent", { ...change, state: "before", last_seen_at: now() });
    return session(await standingOf(request));
  });

  app.post("/answers", async (request) => {
    const { form, answers } = parse(answersSchema, request.body);
    const standing = await standingOf(request);
    const { id, state, answers_before, answers_after } = standing.participant;
    const stored = form === "before" ? answers_before : answers_after;
    if (stored !== null && isDeepStrictEqual(stored, answers)) return session(standing);
    if (state !== form) throw outOfOrder(`the questions ${form} the trials are not asked now`);
    const questions = protocol.questions[form];
    const fault = faultInAnswers(questions, answers);
    if (fault !== undefined) throw new Refused("requirement-not-met", fault);
    const text = JSON.stringify(answers);
    if (form === "after") await step(database, id, form, { answers_after: text, ...completion() });
    else if (isEligible(questions, answers)) await beginTrials(database, id, form, { answers_before: text }, now());
    else {
      const left = { state: "ineligible", finished_at: now(), last_seen_at: now() } as const;
      await step(database, id, form, { answers_before: text, ...left });
    }
    return session(await standingOf(request));
  });

  app.post<{ Params: { trial: string } }>("/trials/:trial", async (request): Promise<Committed> => {
    const id = /^[1-9]\d{0,8}$/.test(request.params.trial) ? Number(request.params.trial) : 0;
    const standing = await standingBefore(request, id);
    const { participant, trials } = standing;
    const trial = trials.find((other) => other.id === id);
    if (trial === undefined) throw notTheirs();
    const result = parse(trialResultSchema, request.body);
    if (trial.body_hash !== null) return again(trial, hashOf(result), standing);
    if (participant.state !== "trials" || trial.position !== participant.done)
      throw outOfOrder("another trial is next");
    const sizes = { left: sizeOf(trial.left_image), right: sizeOf(trial.right_image) };
    const fault = faultInTrial(protocol, participant.condition!, result, sizes);
    if (fault !== undefined) throw new Refused("requirement-not-met", fault);

    const done = participant.done + 1;
    const change = done < participant.total ? {} : afterLastTrial();
    if (await commits.store({ participant: participant.id, trial, result, now: now(), change })) {
      const moved: Standing = {
        participant: { ...participant, ...change, done, last_seen_at: now() } as Participant,
        trials: trials.filter(({ position }) => position >= done),
      };
      keep(moved);
      return committed({ ...trial, correct: isCorrect(trial, result.choice) }, moved);
    }
    // Somebody was quicker: the same commit, sent twice, or another step of the participant's.
    const after = await standingOf(request, id);
    const stored = after.trials.find((other) => other.id === id);
    if (stored === undefined) throw notTheirs();
    if (stored.body_hash === null) throw outOfOrder("another trial is next");
    return again(stored, hashOf(result), after);
  });

  app.post("/withdraw", async (request) => {
    const { participant } = await standingOf(request);
    await withdraw(database, participant.id, now());
    return session(await standingOf(request));
  });

  function again(trial: PlannedRow, hash: string, standing: Standing): Committed {
    if (trial.body_hash === hash) return committed(trial, standing);
    throw new Refused("already-committed", "this trial was committed with another content; the first stands");
  }

  function committed(trial: PlannedRow, standing: Standing): Committed {
    const { id, kind, answer, correct } = trial;
    const feedback = kind === "practice" && answer !== null ? { feedback: { correct: correct === true, answer } } : {};
    return { trial: String(id), ...feedback, session: session(standing) };
  }

  function afterLastTrial(): ParticipantChange {
    return protocol.questions.after.length > 0 ? { state: "after" } : completion();
  }

  function completion(): ParticipantChange {
    const code = protocol.recruitment.completionCode === undefined ? { code: newCode() } : {};
    return { state: "complete", finished_at: now(), last_seen_at: now(), ...code };
  }
}

function studyInfo({ study }: SessionDependencies): StudyInfo {
  const { title, language, recruitment, consent } = study.protocol;
  return { title, platform: recruitment.platform, language, texts: study.texts, consent };
}

function isCorrect({ answer }: PlannedRow, choice: "left" | "right"): boolean | null {
  return answer === null ? null : answer === choice;
}

function notTheirs(): Refused {
  return new Refused("not-found", "this participant has no such trial");
}

function outOfOrder(message: string): Refused {
  return new Refused("out-of-order", message);
}

/** @throws Refused naming the field */
function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const checked = schema.safeParse(body);
  if (checked.success) return checked.data;
  const { path, message } = checked.error.issues[0];
  throw new Refused("malformed", `${path.map(String).join(".") || "the body"}: ${message}`.slice(0, 300));
}
