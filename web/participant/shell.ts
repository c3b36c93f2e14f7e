/** What stands around every page: title, progress, the way out, and word of the connection. */
import type { Session, StudyInfo } from "../../src/study/contract/api.ts";
import type { Trouble } from "./deliver.ts";
import { element, setText } from "./dom.ts";
import type { Say } from "./texts.ts";

/** Milliseconds for which "the connection is back" is shown. */
const backFor = 4_000;

export class Shell {
  /** Where pages are shown. */
  readonly content = element("main", { id: "study" });
  private readonly title = element("p", { class: "study-title" });
  private readonly bar = element("progress", { max: 1, value: 0 });
  private readonly count = element("span", { class: "count" });
  private readonly progress: HTMLElement;
  private readonly banner = element("p", { class: "banner", role: "status" });
  private readonly leave: HTMLButtonElement;
  private readonly say: Say;
  private troubled = false;

  constructor(say: Say, info: StudyInfo, onWithdraw: () => Promise<void>) {
    this.say = say;
    document.title = info.title;
    document.documentElement.lang = info.language;
    const dialog = withdrawDialog(say, info.consent.withdrawal, onWithdraw);
    this.leave = element(
      "button",
      { type: "button", class: "quiet leave", hidden: true, onclick: () => dialog.showModal() },
      say("withdraw.open"),
    );
    this.bar.setAttribute("aria-label", say("page.progress-label"));
    this.progress = element("div", { class: "progress", hidden: true }, this.bar, this.count);
    this.title.textContent = info.title;
    document.body.replaceChildren(
      element("header", { class: "top" }, this.title, this.progress, this.leave, this.banner),
      this.content,
      dialog,
    );
  }

  showSession(session: Session | undefined): void {
    const progress = session?.progress;
    this.progress.hidden = progress === undefined || session?.state !== "trials";
    if (progress !== undefined) {
      this.bar.value = progress.total === 0 ? 1 : progress.done / progress.total;
      setText(this.count, this.say("page.progress", progress));
    }
    // Withdrawn is withdrawn; nothing is kept of those who never began.
    this.leave.hidden = session === undefined || ["withdrawn", "ineligible", "full"].includes(session.state);
  }

  showTrouble(trouble: Trouble | undefined): void {
    if (trouble === undefined && !this.troubled) return;
    this.troubled = trouble !== undefined;
    this.tell(this.say(trouble === undefined ? "banner.back" : `banner.${trouble}`), trouble ?? "back");
    if (trouble !== undefined) return;
    setTimeout(() => {
      if (!this.troubled) this.tell("", "");
    }, backFor);
  }

  /** This browser keeps nothing. */
  warnStorage(): void {
    this.tell(this.say("page.storage"), "storage");
  }

  private tell(text: string, kind: string): void {
    this.banner.dataset.kind = kind;
    setText(this.banner, text);
  }
}

function withdrawDialog(
  say: Say,
  withdrawal: StudyInfo["consent"]["withdrawal"],
  onWithdraw: () => Promise<void>,
): HTMLDialogElement {
  const stay = element("button", { type: "button", class: "primary" }, say("withdraw.stay"));
  const confirm = element("button", { type: "button", class: "danger" }, say("withdraw.confirm"));
  const dialog = element(
    "dialog",
    { "aria-labelledby": "withdraw-title" },
    element("h2", { id: "withdraw-title" }, say("withdraw.title")),
    element("p", {}, say(`withdraw.${withdrawal}`)),
    element("div", { class: "choices" }, stay, confirm),
  );
  stay.addEventListener("click", () => dialog.close());
  confirm.addEventListener("click", async () => {
    confirm.disabled = true;
    await onWithdraw();
    confirm.disabled = false;
    dialog.close();
  });
  return dialog;
}
