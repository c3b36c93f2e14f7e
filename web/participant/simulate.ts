/**
 * Simulated participants in a browser, for rehearsals: jsPsych's `simulate` with the same model that takes part over
 * HTTP. It knows no answers, so it guesses. Loaded only when asked for.
 */
import type { TrialResult } from "../../src/study/contract/api.ts";
import { simulatedParticipant } from "../../src/study/contract/simulated-participant.ts";
import type { PairTrial } from "./pair-task.ts";

/** One for the page's life: it tires as people do. */
const participant = simulatedParticipant({}, Math.floor(Math.random() * 0x7fffffff));

export function simulateResult({ left, right, marking, minimumLookingMs }: PairTrial): TrialResult {
  return participant.decide({
    condition: marking === undefined ? "choice-only" : "choice-and-mark",
    marking,
    minimumLookingMs,
    images: { left, right },
  });
}

/** Fills in what a page asks, any answer that its fields allow, and goes on. */
export function actOutPage(root: HTMLElement): void {
  for (const group of root.querySelectorAll("fieldset")) {
    const options = [...group.querySelectorAll("input")];
    if (!options.some(({ checked }) => checked)) options[Math.floor(Math.random() * options.length)].click();
  }
  for (const field of root.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input[type=text], textarea")) {
    if (field.value !== "") continue;
    const { least, greatest } = field.dataset;
    field.value = field.inputMode === "decimal" ? (least ?? greatest ?? "30") : "Simulated.";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  root.querySelector<HTMLButtonElement>("button.primary")?.click();
}
