/** The consent of the study file, to be agreed to before anything is recorded. */
import type { StudyInfo } from "../../../src/study/contract/api.ts";
import { element, paragraphs } from "../dom.ts";
import type { Say } from "../texts.ts";
import { leadOn, page } from "./page.ts";

/** @returns when the participant has decided, whether they agree */
export function consentPage(root: HTMLElement, { consent, title }: StudyInfo, say: Say): Promise<boolean> {
  return new Promise((resolve) => {
    page(
      root,
      say("consent.title"),
      element("p", { class: "lead" }, title),
      element("div", { class: "consent-text" }, ...paragraphs(consent.text)),
      element("p", { class: "note" }, say(`consent.${consent.withdrawal}`)),
      element(
        "div",
        { class: "choices" },
        leadOn(say("consent.agree"), () => resolve(true)),
        element(
          "button",
          { type: "button", class: "secondary", onclick: () => resolve(false) },
          say("consent.decline"),
        ),
      ),
    );
  });
}
