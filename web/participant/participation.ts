/**
 * One participant's way through the study, as the server has it. Every step is sent until it has arrived, and the
 * session that comes back says what is next. Whatever could be lost is in the browser's keep first.
 */
import type { AnswersBody, Committed, JoinBody, Session, TrialResult } from "../../src/study/contract/api.ts";
import { type Delivery, deliver, Refused } from "./deliver.ts";
import type { Draft } from "./draft.ts";
import type { Keep } from "./keep.ts";
import type { Server } from "./server.ts";

/** Whose token it is: on a shared computer the next participant's link names another. */
interface Kept {
  token: string;
  participant: string | null;
}

const tokenKey = "token";
const resultKey = (trial: string) => `result.${trial}`;
const draftKey = (trial: string) => `draft.${trial}`;
const formKey = (form: "before" | "after") => `answers.${form}`;

/** The server took the step for wrong: sent again it would be refused again, but the participant can do it anew. */
export function isRejected(error: unknown): error is Refused {
  return error instanceof Refused && [400, 413, 422].includes(error.status);
}

export class Participation {
  private current: Session | undefined;
  private readonly server: Server;
  private readonly keep: Keep;
  private readonly delivery: Delivery;
  private readonly recruitment: JoinBody["recruitment"];
  private token: string | undefined;

  private readonly onSession: (session: Session | undefined) => void;

  /** @param onSession told whenever the participant stands elsewhere */
  constructor(
    server: Server,
    keep: Keep,
    delivery: Delivery,
    recruitment: JoinBody["recruitment"],
    onSession: (session: Session | undefined) => void,
  ) {
    this.onSession = onSession;
    this.server = server;
    this.keep = keep;
    this.delivery = delivery;
    this.recruitment = recruitment;
    const kept = keep.read<Kept>(tokenKey);
    if (kept !== undefined && kept.participant !== (recruitment?.participant ?? null)) this.forget();
    else this.token = kept?.token;
  }

  /** Undefined before joining. */
  get session(): Session | undefined {
    return this.current;
  }

  private set session(session: Session | undefined) {
    this.current = session;
    this.onSession(session);
  }

  /** Goes on where this browser stopped, if it has begun; sends what was finished but not confirmed. */
  async resume(): Promise<void> {
    if (this.token === undefined) return;
    await this.refresh();
    const trial = this.session?.trial?.id;
    const result = trial === undefined ? undefined : this.keep.read<TrialResult>(resultKey(trial));
    if (trial === undefined || result === undefined) return this.keep.removeAll("result.");
    try {
      await this.commit(trial, result);
    } catch (error) {
      // The trial is shown again, with its marks.
      if (!isRejected(error)) throw error;
    }
  }

  /** A session is begun and the consent of `version` given; each is done where it is not done yet. */
  async consent(version: string): Promise<void> {
    if (this.token === undefined) {
      const { token, session } = await this.send(() =>
        this.server.join(this.recruitment === undefined ? {} : { recruitment: this.recruitment }),
      );
      this.token = token;
      this.keep.write(tokenKey, { token, participant: this.recruitment?.participant ?? null } satisfies Kept);
      this.session = session;
    }
    if (this.session?.state !== "consent") return;
    await this.step(async (token) => {
      this.session = await this.server.consent(token, { version });
    });
  }

  async answer(body: AnswersBody): Promise<void> {
    await this.step(async (token) => {
      this.session = await this.server.answers(token, body);
    });
    this.keep.remove(formKey(body.form));
  }

  /**
   * The result is kept before it is sent, so that a reload sends it again.
   * @returns undefined where the trial had been committed before, and another is next
   * @throws Refused when it does not meet the protocol; then it is not sent again
   */
  async commit(trial: string, result: TrialResult): Promise<Committed | undefined> {
    this.keep.write(resultKey(trial), result);
    try {
      const committed = await this.step(async (token) => {
        const answer = await this.server.commit(token, trial, result);
        this.session = answer.session;
        return answer;
      });
      this.keep.remove(draftKey(trial));
      return committed;
    } finally {
      this.keep.remove(resultKey(trial));
    }
  }

  async withdraw(): Promise<void> {
    await this.step(async (token) => {
      this.session = await this.server.withdraw(token);
    });
    this.dropUnsent();
  }

  async refresh(): Promise<void> {
    this.session = await this.send(() => this.server.session(this.token!));
  }

  /** This browser's session is none of the server's, or somebody else's. */
  forget(): void {
    this.token = undefined;
    this.session = undefined;
    this.keep.remove(tokenKey);
    this.dropUnsent();
  }

  readDraft(trial: string): Draft | undefined {
    return this.keep.read<Draft>(draftKey(trial));
  }

  writeDraft(trial: string, draft: Draft): void {
    this.keep.write(draftKey(trial), draft);
  }

  readAnswers(form: "before" | "after"): AnswersBody["answers"] | undefined {
    return this.keep.read<AnswersBody["answers"]>(formKey(form));
  }

  writeAnswers(form: "before" | "after", answers: AnswersBody["answers"]): void {
    this.keep.write(formKey(form), answers);
  }

  private dropUnsent(): void {
    for (const start of ["result.", "draft.", "answers."]) this.keep.removeAll(start);
  }

  /** A step that was done already, here or in another tab, is no error: the session says what is next. */
  private async step<T>(send: (token: string) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.send(() => send(this.token!));
    } catch (error) {
      const done = error instanceof Refused && (error.code === "out-of-order" || error.code === "already-committed");
      if (!done) throw error;
      await this.refresh();
      return undefined;
    }
  }

  private send<T>(send: () => Promise<T>): Promise<T> {
    return deliver(send, this.delivery);
  }
}
