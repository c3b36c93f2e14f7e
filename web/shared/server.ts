/** Questions to the server; the session's cookie goes along by itself. */
import type { Refusal } from "../../src/study/contract/api.ts";

let root = "/api";

/** To be said before the first question, where the page's routes are not below `/api`. */
export function askBelow(path: string): void {
  root = path;
}

/** Where to get a picture, or an answer, by its path below the page's root. */
export const addressOf = (path: string) => `${root}${path}`;

/** The server's refusal, in words for a person. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Heard when the session has ended. */
export const loggedOut = new EventTarget();

/** @throws Refused, or an Error when the server cannot be reached */
export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await send(path, { signal })).json() as Promise<T>;
}

/** @throws Refused, or an Error when the server cannot be reached */
export async function post(path: string, body: Record<string, string> = {}): Promise<void> {
  await send(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function send(path: string, options: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(addressOf(path), { ...options, credentials: "same-origin" });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Error("The server cannot be reached.");
  }
  if (response.ok) return response;
  if (response.status === 401 && path !== "/login") loggedOut.dispatchEvent(new Event("end"));
  const refusal = (await response.json().catch(() => undefined)) as Refusal | undefined;
  throw new Refused(response.status, refusal?.error.message ?? `The server answered ${response.status}.`);
}

/** `?a=1&b=2` of what is not empty. */
export function queryOf(values: Record<string, string | number | boolean | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  return query.size > 0 ? `?${query}` : "";
}
