/** Who sent the participant, from the link's parameters. */
import type { JoinBody, Platform } from "../../src/study/contract/api.ts";

export type Invitation =
  | { kind: "invited"; recruitment: JoinBody["recruitment"] }
  /** MTurk shows a task before it is accepted. */
  | { kind: "preview" }
  /** The platform's parameters are missing. */
  | { kind: "uninvited" };

const parameters = {
  prolific: { participant: "PROLIFIC_PID", study: "STUDY_ID", session: "SESSION_ID" },
  mturk: { participant: "workerId", study: "hitId", session: "assignmentId" },
} as const;

/** @param search of the page's address, `?…` */
export function readInvitation(platform: Platform, search: string): Invitation {
  if (platform === "link") return { kind: "invited", recruitment: undefined };
  const values = new URLSearchParams(search);
  const names = parameters[platform];
  const read = (name: string) => values.get(name) || undefined;
  if (platform === "mturk" && read(names.session) === "ASSIGNMENT_ID_NOT_AVAILABLE") return { kind: "preview" };
  const participant = read(names.participant);
  if (participant === undefined) return { kind: "uninvited" };
  const [study, session] = [read(names.study), read(names.session)];
  return {
    kind: "invited",
    recruitment: { participant, ...(study && { study }), ...(session && { session }) },
  };
}
