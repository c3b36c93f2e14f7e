/** For tests of the study's server: a small study, its store, the server itself, and participants who talk to it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance, InjectOptions } from "fastify";
import { openStore, type Store } from "../../src/store/index.ts";
import type {
  Committed,
  Condition,
  Joined,
  Refusal,
  Session,
  Side,
  TrialResult,
} from "../../src/study/contract/api.ts";
import type { Stroke } from "../../src/study/contract/strokes.ts";
import { prepareImages } from "../../src/study/images/prepare.ts";
import { openSecret, type StudySecret } from "../../src/study/secret.ts";
import { makeStudyServer, type StudyServerOptions } from "../../src/study/server/server.ts";
import { readStudy, type Study } from "../../src/study/study-file.ts";
import { copyEmptyDatabase } from "../empty-database.ts";
import { startPostgres } from "../postgres.ts";
import { makeSmallStudy, type SmallStudy } from "../small-study.ts";

export interface Rig {
  folder: string;
  study: Study;
  secret: StudySecret;
  store: Store;
  app: FastifyInstance;
  /** What the server wrote into its log. */
  log: string[];
  /** The server's clock, in milliseconds; to be moved on. */
  clock: { now: number };
  close(): Promise<void>;
}

/** A limit that no test of anything else meets. */
export const noLimits = { requestsPerMinute: 1e9, joinsPerMinute: 1e9, connectionsPerAddress: 1e6 };

/** Opens the researcher's pages of every rig. */
export const researcherToken = "a-token-for-tests-not-random-at-all";

let rigs = 0;

/**
 * @param store shared by many tests: each has a study of its own name. Closing the rig leaves it open.
 * @param password the hash of the researcher's
 */
export async function makeRig(
  store: Store,
  given: SmallStudy = {},
  options: Partial<Pick<StudyServerOptions, "limits" | "trustProxy" | "pages">> & { password?: string } = {},
): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), "oversight-study-"));
  const name = `small-${process.pid}-${rigs++}`;
  await makeSmallStudy(folder, { ...given, settings: { name, ...given.settings } });
  const study = await readStudy(folder);
  await prepareImages(study);
  const { password, ...serverOptions } = options;
  const secret = { ...openSecret(folder), password };
  const log: string[] = [];
  const clock = { now: Date.parse("2024-05-01T09:00:00Z") };
  const app = await makeStudyServer({
    ...{ study, store, secret, researcherToken, limits: noLimits, log: { write: (line) => log.push(line) } },
    clock: () => new Date(clock.now),
    ...serverOptions,
  });
  return {
    ...{ folder, study, secret, store, app, log, clock },
    async close() {
      await app.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const storeKinds = ["pglite", "postgres"] as const;

/** A store for all tests of a file, or undefined where PostgreSQL is not installed. */
export async function openTestStore(
  kind: Store["kind"],
): Promise<{ store: Store; close(): Promise<void> } | undefined> {
  if (kind === "pglite") {
    const parent = mkdtempSync(join(tmpdir(), "oversight-database-"));
    const folder = join(parent, "database");
    await copyEmptyDatabase(folder);
    const store = await openStore({ folder });
    const close = () => store.close().then(() => rmSync(parent, { recursive: true, force: true }));
    return { store, close };
  }
  const postgres = await startPostgres();
  if (postgres === undefined) return undefined;
  const store = await openStore({ url: postgres.url });
  return { store, close: () => store.close().then(() => postgres.stop()) };
}

export interface Answer<T> {
  status: number;
  body: T;
  refusal: Refusal["error"] | undefined;
}

/** Somebody with a token, or none yet. */
export class Visitor {
  readonly app: FastifyInstance;
  token = "";

  constructor({ app }: Pick<Rig, "app">) {
    this.app = app;
  }

  async ask<T = Session>(method: "GET" | "POST", url: string, payload?: InjectOptions["payload"]): Promise<Answer<T>> {
    const headers: Record<string, string> = this.token === "" ? {} : { authorization: `Bearer ${this.token}` };
    if (typeof payload === "string") headers["content-type"] = "application/json";
    const options: InjectOptions = { method, url, headers };
    if (payload !== undefined) options.payload = payload;
    const response = await this.app.inject(options);
    const body = response.json();
    return { status: response.statusCode, body, refusal: body.error };
  }

  async join(recruitment?: { participant: string }): Promise<Answer<Joined>> {
    const answer = await this.ask<Joined>("POST", "/api/join", recruitment === undefined ? {} : { recruitment });
    if (answer.status === 201) this.token = answer.body.token;
    return answer;
  }

  session = () => this.ask("GET", "/api/session");
  consent = (version = "1") => this.ask("POST", "/api/consent", { version });
  answers = (form: "before" | "after", answers: Record<string, unknown>) =>
    this.ask("POST", "/api/answers", { form, answers });
  commit = (trial: string, result: unknown) =>
    this.ask<Committed>("POST", `/api/trials/${trial}`, result as InjectOptions["payload"]);
  withdraw = () => this.ask("POST", "/api/withdraw");

  /** Joins and consents. */
  async begin(): Promise<Session> {
    await this.join();
    return (await this.consent()).body;
  }

  /** Does so many trials, or all. @returns the session after them */
  async work(session: Session, trials = Number.POSITIVE_INFINITY): Promise<Session> {
    let now = session;
    for (let i = 0; i < trials && now.state === "trials"; i++) {
      const { status, body } = await this.commit(now.trial!.id, resultFor(now));
      if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
      now = body.session;
    }
    return now;
  }
}

export const stroke: Stroke = {
  tool: "brush",
  radius: 0.1,
  pointer: "mouse",
  points: [
    [0.3, 0.4, 900],
    [0.5, 0.5, 950],
  ],
};

/** A result that will do in the session's condition. */
export function resultFor({ condition }: { condition?: Condition }, choice: Side = "left"): TrialResult {
  const drawn = condition === "choice-and-mark" ? [stroke] : [];
  return {
    choice,
    responseMs: 1234.5,
    markingMs: drawn.length > 0 ? 2000 : 0,
    chosenBy: "mouse",
    strokes: choice === "left" ? { left: drawn, right: [] } : { left: [], right: drawn },
    undone: 0,
    display: { window: [1280, 720], image: [480, 320], pixelRatio: 2, layout: "beside" },
    blurred: 0,
  };
}
