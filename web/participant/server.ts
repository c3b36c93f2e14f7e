/** Requests to the study's server, as the contract has them. */
import type {
  AnswersBody,
  Committed,
  ConsentBody,
  JoinBody,
  Joined,
  Refusal,
  Session,
  StudyInfo,
  TrialResult,
} from "../../src/study/contract/api.ts";
import { Refused, Unreachable } from "./deliver.ts";

const timeoutMs = 30_000;

/** One attempt. @throws Refused, Unreachable */
async function request<T>(method: "GET" | "POST", path: string, token?: string, body?: object): Promise<T> {
  const headers: Record<string, string> = {};
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await response.text();
  } catch (error) {
    throw new Unreachable(String(error));
  }
  const answer = parse(text);
  if (response.ok) {
    // A proxy's or a hotel's page is no answer of the server's.
    if (answer === undefined) throw new Unreachable(`${path}: not JSON`);
    return answer as T;
  }
  const refusal = (answer as Partial<Refusal> | undefined)?.error;
  const seconds = Number(response.headers.get("retry-after"));
  throw new Refused(
    response.status,
    refusal?.code,
    refusal?.message ?? `${method} ${path}: ${response.status}`,
    Number.isFinite(seconds) ? 1000 * seconds : 0,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const server = {
  study: () => request<StudyInfo>("GET", "/api/study"),
  join: (body: JoinBody) => request<Joined>("POST", "/api/join", undefined, body),
  session: (token: string) => request<Session>("GET", "/api/session", token),
  consent: (token: string, body: ConsentBody) => request<Session>("POST", "/api/consent", token, body),
  answers: (token: string, body: AnswersBody) => request<Session>("POST", "/api/answers", token, body),
  commit: (token: string, trial: string, result: TrialResult) =>
    request<Committed>("POST", `/api/trials/${encodeURIComponent(trial)}`, token, result),
  withdraw: (token: string) => request<Session>("POST", "/api/withdraw", token),
};
export type Server = typeof server;
