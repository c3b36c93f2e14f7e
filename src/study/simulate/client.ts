/**
 * What a participant's browser says to the server, over HTTP with kept connections. Whatever the network or a busy
 * server swallows is sent again with the same body, as the pages do: a trial that was committed stays committed once.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { InputError, systemErrorCode } from "../../base/errors.ts";
import type {
  AnswersBody,
  Committed,
  ConsentBody,
  JoinBody,
  Joined,
  Refusal,
  RefusalCode,
  Session,
  StudyInfo,
  TrialResult,
} from "../contract/api.ts";

/** The server said no, and would say it again. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  readonly code: RefusalCode | undefined;

  constructor(request: string, status: number, refusal: Partial<Refusal["error"]> | undefined) {
    super(`${request}: ${status} ${refusal?.code ?? ""} ${refusal?.message ?? ""}`.trim());
    this.status = status;
    this.code = refusal?.code;
  }
}

export interface ClientOptions {
  /** Where the server is, without a path. */
  url: string;
  /** Milliseconds for which a request is tried again while the server cannot be reached or has no time. */
  patienceMs: number;
  signal?: AbortSignal | undefined;
  /** Called before a request is sent again. */
  onRetry?: ((reason: RetryReason) => void) | undefined;
}

/** `busy` is 429, `server` any 5xx. */
export type RetryReason = "network" | "busy" | "server";

const attemptTimeoutMs = 30_000;
const pauses = { first: 100, greatest: 5_000 } as const;

export class StudyClient {
  private readonly options: ClientOptions;
  private readonly headers: Record<string, string>;

  /** @param address sent as X-Forwarded-For, for a server that trusts its proxy */
  constructor(options: ClientOptions, address?: string) {
    this.options = options;
    this.headers = address === undefined ? {} : { "x-forwarded-for": address };
  }

  study(): Promise<StudyInfo> {
    return this.json("GET", "/api/study");
  }

  /** Joins, and is this participant from then on. */
  async join(body: JoinBody): Promise<Session> {
    const { token, session } = await this.json<Joined>("POST", "/api/join", body);
    this.headers.authorization = `Bearer ${token}`;
    return session;
  }

  session(): Promise<Session> {
    return this.json("GET", "/api/session");
  }

  consent(body: ConsentBody): Promise<Session> {
    return this.json("POST", "/api/consent", body);
  }

  answers(body: AnswersBody): Promise<Session> {
    return this.json("POST", "/api/answers", body);
  }

  /** With the milliseconds from sending it to its confirmation; those of tries that failed are left out. */
  async commit(trial: string, result: TrialResult): Promise<{ committed: Committed; milliseconds: number }> {
    const answer = await this.request("POST", `/api/trials/${encodeURIComponent(trial)}`, result);
    return { committed: parse(answer), milliseconds: answer.milliseconds };
  }

  /** Loads an image that the session named. @throws Error when it is none */
  async image(url: string): Promise<void> {
    const { type } = await this.request("GET", url);
    if (type?.startsWith("image/") !== true) throw new Error(`GET ${url}: ${type} is not an image`);
  }

  private async json<T>(method: string, path: string, body?: object): Promise<T> {
    return parse(await this.request(method, path, body));
  }

  private async request(method: string, path: string, body?: object): Promise<Answer> {
    const { patienceMs, signal, onRetry } = this.options;
    let giveUpAt = performance.now() + patienceMs;
    const text = body === undefined ? undefined : JSON.stringify(body);
    for (let pause: number = pauses.first; ; pause = Math.min(2 * pause, pauses.greatest)) {
      signal?.throwIfAborted();
      const answer = await this.attempt(method, path, text);
      if (!(answer instanceof Error) && answer.status < 400) return answer;
      const reason = retryReason(answer);
      const wait = answer instanceof Error ? pause : Math.max(pause, answer.retryAfterMs);
      if (reason === undefined || (reason !== "busy" && performance.now() + wait > giveUpAt))
        throw this.explain(method, path, answer);
      onRetry?.(reason);
      // A server that says when to come again is well: the wait does not count.
      if (reason === "busy") giveUpAt += wait;
      await sleep(wait, undefined, { signal });
    }
  }

  private async attempt(method: string, path: string, text: string | undefined): Promise<Answer | Error> {
    const timeout = AbortSignal.timeout(attemptTimeoutMs);
    const { url, signal } = this.options;
    const sent = performance.now();
    try {
      const response = await fetch(new URL(path, url), {
        method,
        headers: text === undefined ? this.headers : { ...this.headers, "content-type": "application/json" },
        body: text ?? null,
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
      const body = Buffer.from(await response.arrayBuffer());
      return {
        status: response.status,
        type: response.headers.get("content-type"),
        retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : 0,
        milliseconds: performance.now() - sent,
        body,
      };
    } catch (error) {
      signal?.throwIfAborted();
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  private explain(method: string, path: string, answer: Answer | Error): Error {
    if (!(answer instanceof Error)) return new Refused(`${method} ${path}`, answer.status, parseRefusal(answer.body));
    // fetch says no more than "fetch failed"; its cause says why.
    const cause = answer.cause instanceof Error ? answer.cause : answer;
    const reason = systemErrorCode(cause) ?? cause.message;
    return new InputError(`cannot reach ${this.options.url}: ${reason}; is \`oversight study serve\` running there?`);
  }
}

interface Answer {
  status: number;
  type: string | null;
  retryAfterMs: number;
  /** From sending the request to the last byte of the answer. */
  milliseconds: number;
  body: Buffer;
}

function parse<T>({ body }: Answer): T {
  return JSON.parse(body.toString()) as T;
}

function retryReason(answer: Answer | Error): RetryReason | undefined {
  if (answer instanceof Error) return "network";
  const { status } = answer;
  if (status === 429) return "busy";
  return status >= 500 ? "server" : undefined;
}

function parseRefusal(body: Buffer): Partial<Refusal["error"]> | undefined {
  try {
    return (JSON.parse(body.toString()) as Partial<Refusal>).error;
  } catch {
    return undefined; // Not a word of this server's: a proxy's page, perhaps. The status is told.
  }
}
