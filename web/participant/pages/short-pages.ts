/** What is said before the first pair, at a rest, and after a practice trial. */
import type { Committed, Session, Side } from "../../../src/study/contract/api.ts";
import { element } from "../dom.ts";
import type { Say } from "../texts.ts";
import { leadOn, page } from "./page.ts";

export function introPage(root: HTMLElement, session: Session, say: Say): Promise<void> {
  const { question = "", progress, trial, marking } = session;
  const lines = [
    say("intro.pairs", { total: progress?.total ?? "", question }),
    say("intro.choose"),
    matchMedia("(any-hover: hover)").matches && say("intro.keys"),
    marking !== undefined && say("intro.mark"),
    say("intro.unsure"),
    trial?.practice === true && say("intro.practice"),
    say("intro.resume"),
  ].filter((line) => line !== false);
  return new Promise((resolve) => {
    page(
      root,
      say("intro.title"),
      element("ol", { class: "steps" }, ...lines.map((line) => element("li", {}, line))),
      element("div", { class: "choices" }, leadOn(say("intro.begin"), resolve)),
    );
  });
}

export function restPage(root: HTMLElement, { progress }: Session, say: Say): Promise<void> {
  return new Promise((resolve) => {
    page(
      root,
      say("rest.title"),
      element("p", { class: "lead" }, say("rest.text", { done: progress?.done ?? "", total: progress?.total ?? "" })),
      element("div", { class: "choices" }, leadOn(say("page.continue"), resolve)),
    );
  });
}

export interface Shown {
  feedback: NonNullable<Committed["feedback"]>;
  chosen: Side;
  pictures: Record<Side, HTMLImageElement>;
  stacked: boolean;
}

/** The pair again, smaller, with the answer and the choice named below. */
export function feedbackPage(
  root: HTMLElement,
  { feedback, chosen, pictures, stacked }: Shown,
  say: Say,
): Promise<void> {
  const { correct, answer } = feedback;
  const position = !stacked ? answer : answer === "left" ? "upper" : "lower";
  const figure = (side: Side) =>
    element(
      "figure",
      { class: "shown", "data-answer": String(side === answer) },
      pictures[side],
      side === chosen && element("figcaption", {}, say("trial.chosen")),
    );
  return new Promise((resolve) => {
    page(
      root,
      say(correct ? "feedback.right" : "feedback.wrong"),
      element("p", { class: "lead" }, say(`feedback.answer-${position}`)),
      element(
        "div",
        { class: "shown-pair", "data-layout": stacked ? "stacked" : "beside" },
        figure("left"),
        figure("right"),
      ),
      element("div", { class: "choices" }, leadOn(say("page.continue"), resolve)),
    ).dataset.correct = String(correct);
  });
}
