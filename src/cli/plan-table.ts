/** The runs of an experiment as a table for a terminal. */

import { columns } from "../base/columns.ts";
import { formatDuration } from "../base/progress.ts";
import type { RunStatus } from "../experiment/run-status.ts";
import type { ExperimentRun } from "../experiment/runs.ts";

export interface PlanRow {
  run: ExperimentRun;
  status: RunStatus;
  /** That the run has before it; undefined where nobody knows. */
  seconds: number | undefined;
}

/** One line a run: id, name, how far, and the time it will take. */
export function formatPlan(rows: readonly PlanRow[]): string {
  return columns(
    rows.map(({ run, status, seconds }) => [
      ...[run.id, run.name, howFar(status)],
      seconds === undefined || seconds === 0 ? "" : `about ${formatDuration(seconds)}`,
    ]),
  );
}

/** One line a run: id, name, how far, the best validation AUC, and what went wrong. */
export function formatStatus(rows: readonly Pick<PlanRow, "run" | "status">[]): string {
  return columns(
    rows.map(({ run, status }) => [
      ...[
        run.id,
        run.name,
        howFar(status),
        status.bestAuc === null ? "" : `validation AUC ${status.bestAuc.toFixed(4)}`,
      ],
      status.state === "failed" ? (status.error ?? "") : "",
    ]),
  );
}

/** `running, epoch 3/12` */
export function howFar({ state, epoch, epochs }: RunStatus): string {
  return state === "done" || epoch === 0 ? state : `${state}, epoch ${epoch}/${epochs}`;
}

/** `10 done, 1 failed, 4 waiting` */
export function countStates(statuses: readonly RunStatus[]): string {
  const counts = new Map<string, number>();
  for (const { state } of statuses) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
}
