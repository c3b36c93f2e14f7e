/** For tests: the researcher's browser, as far as requests go. */
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { researcherToken } from "./rig.ts";

const root = "/api/researcher";

export class Researcher {
  readonly app: FastifyInstance;
  cookie = "";

  constructor(app: FastifyInstance) {
    this.app = app;
  }

  ask(method: "GET" | "POST", path: string, payload?: object, headers: Record<string, string> = {}) {
    return this.app.inject({
      method,
      url: `${root}${path}`,
      headers: {
        ...(method === "POST" && { "sec-fetch-site": "same-origin" }),
        ...(this.cookie !== "" && { cookie: this.cookie }),
        ...headers,
      },
      ...(payload && { payload }),
    }) as Promise<LightMyRequestResponse>;
  }

  /** @throws Error when it is refused */
  async get<T>(path: string): Promise<T> {
    const answer = await this.ask("GET", path);
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode} ${answer.body}`);
    return answer.json() as T;
  }

  async logIn(body: object = { token: researcherToken }, headers: Record<string, string> = {}) {
    const answer = await this.ask("POST", "/login", body, headers);
    const given = answer.cookies[0];
    if (answer.statusCode === 204) this.cookie = `${given.name}=${given.value}`;
    return answer;
  }
}
