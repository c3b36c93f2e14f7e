/** Each participant who began, in one row. */
import type { ParticipantAnalysis, StudyAnalysis } from "../../study/analysis/index.ts";
import { percent } from "../format.ts";
import { html } from "../html.ts";
import { absent, type Section } from "../page.ts";
import { type Column, table } from "../table.ts";
import { conditionNames, orReason, pValue, seconds, signed } from "./words.ts";

const columns: Column<ParticipantAnalysis>[] = [
  { head: "Participant", cell: ({ id }) => id },
  { head: "Condition", cell: ({ condition }) => conditionNames[condition], text: true },
  { head: "Trials", cell: ({ trials }) => `${trials.committed} of ${trials.assigned}` },
  { head: "Right", cell: ({ correct, judgements }) => `${correct} of ${judgements}` },
  { head: "Accuracy", cell: ({ accuracy }) => (accuracy.value === null ? "n/a" : percent(accuracy.value)) },
  { head: "Against chance", cell: ({ p }) => (p.value === null ? "n/a" : pValue(p.value)) },
  { head: "Adjusted", cell: ({ adjustedP }) => (adjustedP.value === null ? "n/a" : pValue(adjustedP.value)) },
  { head: "d′", cell: ({ dPrime }) => (dPrime.value === null ? "n/a" : signed(dPrime.value)) },
  { head: "Left chosen", cell: ({ leftChosen }) => (leftChosen.value === null ? "n/a" : percent(leftChosen.value)) },
  { head: "Median time", cell: ({ medianResponseMs }) => orReason(medianResponseMs, seconds) },
  { head: "Catch failed", cell: ({ failedCatchTrials }) => failedCatchTrials },
  { head: "Left out", cell: ({ excluded }) => excluded ?? "–", text: true },
];

export function participantsSection({ participants }: StudyAnalysis): Section {
  const head = { id: "participants", title: "Each participant" };
  if (participants.length === 0) return { ...head, body: absent("Nobody has begun the trials yet.") };
  const body = html`
<details><summary>${participants.length} participants</summary>
${table("By number. Tests are exact binomial ones, adjusted by Holm’s method over the analysed of a condition.", columns, participants)}
</details>`;
  return { ...head, body };
}
