/** The pages at which the study ends or stops for this browser. */
import type { Session, StudyInfo } from "../../../src/study/contract/api.ts";
import { Refused } from "../deliver.ts";
import { element } from "../dom.ts";
import type { Say } from "../texts.ts";
import { page } from "./page.ts";

export type Ending =
  | Extract<Session["state"], "complete" | "ineligible" | "full" | "expired" | "withdrawn">
  | "declined"
  /** Another tab of this browser goes on. */
  | "elsewhere"
  | "already-joined"
  /** The server does not know the token. */
  | "unknown"
  /** MTurk's look at a task before it is accepted. */
  | "preview"
  /** The link lacks the platform's participant. */
  | "uninvited"
  | "fault";

/** Thrown where the way through the study stops early. */
export class Ended extends Error {
  readonly ending: Ending;

  constructor(ending: Ending) {
    super(ending);
    this.ending = ending;
  }
}

export function endingOf(error: unknown): Ending {
  if (error instanceof Ended) return error.ending;
  if (error instanceof Refused && error.code === "already-joined") return "already-joined";
  if (error instanceof Refused && error.status === 401) return "unknown";
  return "fault";
}

export interface EndingDetails {
  completion?: Session["completion"];
  withdrawal: StudyInfo["consent"]["withdrawal"];
  /** Why, in a fault. */
  error?: unknown;
  /** Loads the page again, or begins anew. */
  again(): void;
}

export function endingPage(root: HTMLElement, ending: Ending, details: EndingDetails, say: Say): void {
  root.dataset.stage = "page";
  const again = (label: string) =>
    element(
      "div",
      { class: "choices" },
      element("button", { type: "button", class: "primary", onclick: () => details.again() }, label),
    );
  const text = (words: string) => element("p", { class: "lead" }, words);
  switch (ending) {
    case "complete":
      page(root, say("complete.title"), text(say("complete.text")), ...completion(details.completion, say));
      break;
    case "withdrawn":
      page(root, say("withdrawn.title"), text(say(`withdrawn.${details.withdrawal}`)));
      break;
    case "declined":
      page(root, say("declined.title"), text(say("declined.text")), again(say("declined.back")));
      break;
    case "elsewhere":
      page(root, say("elsewhere.title"), text(say("elsewhere.text")), again(say("elsewhere.here")));
      break;
    case "unknown":
      page(root, say("unknown.title"), text(say("unknown.text")), again(say("unknown.again")));
      break;
    case "fault":
      page(
        root,
        say("fault.title"),
        text(say("fault.text")),
        element("p", { class: "fault" }, element("code", {}, String(details.error))),
        again(say("fault.again")),
      );
      break;
    default:
      page(root, say(`${ending}.title`), text(say(`${ending}.text`)));
  }
}

function completion(given: Session["completion"], say: Say): HTMLElement[] {
  if (given === undefined) return [];
  const code = element("output", { class: "code", id: "completion-code" }, given.code);
  const copied = element("p", { class: "note", role: "status" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(given.code);
      copied.textContent = say("complete.copied");
    } catch {
      // Not on pages without HTTPS, and not when the browser asks and is told no.
      getSelection()?.selectAllChildren(code);
      copied.textContent = say("complete.select");
    }
  };
  const { url } = given;
  return [
    element("p", { class: "code-label" }, element("label", { for: code.id }, say("complete.code"))),
    element("p", {}, code),
    element(
      "div",
      { class: "choices" },
      url !== undefined && element("a", { class: "primary", href: url, rel: "noreferrer" }, say("complete.return")),
      element(
        "button",
        { type: "button", class: url === undefined ? "primary" : "secondary", onclick: () => void copy() },
        say("complete.copy"),
      ),
    ),
    copied,
  ];
}
