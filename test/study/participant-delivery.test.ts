/** What the participant's pages keep and send, without a browser: nothing is lost, nothing is sent in vain. */
import { beforeEach, describe, expect, it } from "vitest";
import type { Session, TrialResult } from "../../src/study/contract/api.ts";
import {
  type Delivery,
  deliver,
  pauseAfter,
  pauses,
  Refused,
  type Trouble,
  Unreachable,
} from "../../web/participant/deliver.ts";
import { newDraft, toResult } from "../../web/participant/draft.ts";
import { createKeep, type Keep, type TextStorage } from "../../web/participant/keep.ts";
import { Participation } from "../../web/participant/participation.ts";
import { readInvitation } from "../../web/participant/recruitment.ts";
import type { Server } from "../../web/participant/server.ts";
import { createSay } from "../../web/participant/texts.ts";
import { resultFor } from "./rig.ts";

class FakeStorage implements TextStorage {
  readonly map = new Map<string, string>();
  full = false;
  get length() {
    return this.map.size;
  }
  key = (index: number) => [...this.map.keys()][index] ?? null;
  getItem = (key: string) => this.map.get(key) ?? null;
  setItem(key: string, value: string) {
    if (this.full) throw new DOMException("full", "QuotaExceededError");
    this.map.set(key, value);
  }
  removeItem = (key: string) => void this.map.delete(key);
}

function patientDelivery() {
  const waits: number[] = [];
  const troubles: (Trouble | undefined)[] = [];
  const delivery: Delivery = {
    wait: async (milliseconds) => void waits.push(milliseconds),
    random: () => 1,
    onTrouble: (trouble) => troubles.push(trouble),
  };
  return { delivery, waits, troubles };
}

/** Fails with these in turn, then answers. */
function failing<T>(errors: Error[], answer: T): () => Promise<T> {
  const left = [...errors];
  return async () => {
    const error = left.shift();
    if (error !== undefined) throw error;
    return answer;
  };
}

describe("sending", () => {
  it("goes on while the network or the server fails, at growing intervals, and says so", async () => {
    const { delivery, waits, troubles } = patientDelivery();
    const send = failing([new Unreachable(), new Unreachable(), new Refused(503, undefined, "")], "here");
    expect(await deliver(send, delivery)).toBe("here");
    expect(waits).toEqual([1_000, 2_000, 4_000]);
    expect(troubles).toEqual(["offline", "offline", "busy", undefined]);
  });

  it("waits as long as the server asks", async () => {
    const { delivery, waits } = patientDelivery();
    await deliver(failing([new Refused(429, "too-many-requests", "", 7_000)], 1), delivery);
    expect(waits).toEqual([7_000]);
  });

  it("is silent when all is well, and takes no for an answer", async () => {
    const { delivery, troubles } = patientDelivery();
    await deliver(failing([], 1), delivery);
    await expect(deliver(failing([new Refused(409, "out-of-order", "")], 1), delivery)).rejects.toThrow(Refused);
    expect(troubles).toEqual([]);
  });

  it("never pauses for longer than stated", () => {
    expect(pauseAfter(1, 0)).toBe(pauses.first / 2);
    expect(pauseAfter(1_000, 0.999)).toBeLessThanOrEqual(pauses.greatest);
  });
});

describe("the browser's keep", () => {
  it("outlives the page", () => {
    const storage = new FakeStorage();
    createKeep(storage).write("draft.1", { a: 1 });
    expect(createKeep(storage).read("draft.1")).toEqual({ a: 1 });
    createKeep(storage).removeAll("draft.");
    expect(createKeep(storage).read("draft.1")).toBeUndefined();
  });

  it("says when it cannot, and keeps until the page closes", () => {
    const storage = new FakeStorage();
    const keep = createKeep(storage);
    expect(keep.lasting()).toBe(true);
    storage.full = true;
    keep.write("draft.1", 5);
    expect(keep.read("draft.1")).toBe(5);
    expect(keep.lasting()).toBe(false);
    expect(createKeep(undefined).lasting()).toBe(false);
  });
});

const trial = (id: string): Session => ({
  state: "trials",
  condition: "choice-and-mark",
  trial: {
    id,
    practice: false,
    rest: false,
    left: { url: "/images/l", width: 1, height: 1 },
    right: { url: "/images/r", width: 1, height: 1 },
  },
});

describe("a participation", () => {
  const result: TrialResult = resultFor(trial("1"));
  let keep: Keep;
  let calls: string[];
  let server: Server;

  beforeEach(() => {
    keep = createKeep(new FakeStorage());
    calls = [];
    const log = <T>(call: string, answer: T) => {
      calls.push(call);
      return Promise.resolve(answer);
    };
    server = {
      study: () => Promise.reject(new Error("not asked")),
      join: () => log("join", { token: "t", session: { state: "consent" } }),
      session: (token) => log(`session ${token}`, trial("1")),
      consent: (token, { version }) => log(`consent ${token} ${version}`, trial("1")),
      answers: (token, { form }) => log(`answers ${token} ${form}`, trial("1")),
      commit: (token, id) => log(`commit ${token} ${id}`, { trial: id, session: trial("2") }),
      withdraw: (token) => log(`withdraw ${token}`, { state: "withdrawn" }),
    };
  });
  const participate = (participant?: string) =>
    new Participation(
      server,
      keep,
      patientDelivery().delivery,
      participant === undefined ? undefined : { participant },
      () => {},
    );

  it("joins only with the consent, and goes on with the same token later", async () => {
    const first = participate();
    await first.resume();
    expect(first.session).toBeUndefined();
    expect(calls).toEqual([]);
    await first.consent("1");
    const second = participate();
    await second.resume();
    expect(second.session).toEqual(trial("1"));
    expect(calls).toEqual(["join", "consent t 1", "session t"]);
  });

  it("is another one when the link names another participant", async () => {
    await participate("anna").consent("1");
    const other = participate("bert");
    await other.resume();
    expect(other.session).toBeUndefined();
  });

  it("sends what was finished before a reload, before anything else", async () => {
    await participate().consent("1");
    const { commit } = server;
    // The page is closed while the result is on its way.
    server.commit = () => new Promise(() => {});
    void participate().commit("1", result);
    server.commit = commit;
    calls.length = 0;
    const next = participate();
    await next.resume();
    expect(calls).toEqual(["session t", "commit t 1"]);
    expect(next.session).toEqual(trial("2"));
    calls.length = 0;
    await participate().resume();
    expect(calls).toEqual(["session t"]);
  });

  it.each(["out-of-order", "already-committed"])(
    "asks where it stands when another tab was quicker: %s",
    async (code) => {
      const one = participate();
      await one.consent("1");
      server.commit = () => Promise.reject(new Refused(409, code, ""));
      server.session = () => Promise.resolve(trial("7"));
      expect(await one.commit("1", result)).toBeUndefined();
      expect(one.session).toEqual(trial("7"));
    },
  );

  it("keeps the marks, but not the result, when the server does not take it", async () => {
    const one = participate();
    await one.consent("1");
    one.writeDraft("1", { ...newDraft, blurred: 3 });
    server.commit = () => Promise.reject(new Refused(422, "requirement-not-met", "too little"));
    await expect(one.commit("1", result)).rejects.toThrow("too little");
    keep.write("result.1", result);
    await participate().resume();
    expect(one.readDraft("1")?.blurred).toBe(3);
    calls.length = 0;
    await participate().resume();
    expect(calls).toEqual(["session t"]);
  });

  it("leaves nothing of a withdrawn participant in the browser but the token", async () => {
    const one = participate();
    await one.consent("1");
    one.writeDraft("1", newDraft);
    one.writeAnswers("before", { age: 5 });
    await one.withdraw();
    expect(one.readDraft("1")).toBeUndefined();
    expect(one.readAnswers("before")).toBeUndefined();
    expect(one.session).toEqual({ state: "withdrawn" });
  });
});

describe("a result", () => {
  const choice = { side: "right", responseMs: 1234.56, chosenBy: "touch" } as const;
  const display = resultFor({}).display;

  it("has no time of marking where nothing is marked", () => {
    const made = toResult(newDraft, choice, display, undefined);
    expect(made).toMatchObject({ choice: "right", responseMs: 1234.6, markingMs: 0 });
  });

  it("counts marking from the choice on", () => {
    expect(toResult({ ...newDraft, blurred: 2, undone: 1 }, choice, display, 5000)).toMatchObject({
      markingMs: 3765.4,
      blurred: 2,
      undone: 1,
    });
  });
});

describe("the link", () => {
  it.each([
    ["prolific", "?PROLIFIC_PID=p&STUDY_ID=s&SESSION_ID=x", { participant: "p", study: "s", session: "x" }],
    ["mturk", "?workerId=w&hitId=h&assignmentId=a", { participant: "w", study: "h", session: "a" }],
    ["mturk", "?workerId=w", { participant: "w" }],
    ["link", "?PROLIFIC_PID=p", undefined],
  ] as const)("of %s names who was invited: %s", (platform, search, recruitment) => {
    expect(readInvitation(platform, search)).toEqual({ kind: "invited", recruitment });
  });

  it("without a participant leads nowhere", () => {
    expect(readInvitation("prolific", "?STUDY_ID=s")).toEqual({ kind: "uninvited" });
    expect(readInvitation("mturk", "?assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=h")).toEqual({ kind: "preview" });
  });
});

describe("texts", () => {
  it("are the study's where it words them otherwise", () => {
    const say = createSay({ "page.progress": "{total}, davon {done} {what}", toString: "no" });
    expect(say("page.progress", { done: 3, total: 9 })).toBe("9, davon 3 {what}");
    expect(say("trial.left")).toBe("Left");
  });
});
