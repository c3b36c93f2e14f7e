/** How long people look before they choose, and how long they mark. */
import { quantileSorted } from "simple-statistics";
import type { TrialRecord } from "../records.ts";
import type { Measured, Quartiles, Times } from "./study-analysis.ts";

/** @param trials main trials; those of pairs without a right answer count in `all` alone */
export function times(trials: readonly TrialRecord[], of: "responseMs" | "markingMs"): Times {
  const among = (chosen: (trial: TrialRecord) => boolean) => quartiles(trials.filter(chosen).map((trial) => trial[of]));
  return {
    all: among(() => true),
    correct: among(({ correct }) => correct === true),
    wrong: among(({ correct }) => correct === false),
  };
}

function quartiles(values: number[]): Measured<Quartiles> {
  if (values.length === 0) return { value: null, reason: "no judgement" };
  values.sort((a, b) => a - b);
  const [q1, median, q3] = [0.25, 0.5, 0.75].map((share) => quantileSorted(values, share));
  return { value: { judgements: values.length, q1, median, q3 } };
}
