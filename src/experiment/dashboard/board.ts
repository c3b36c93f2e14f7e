/** The experiment as its files tell it at this moment. Read again, it reads only what has changed since. */
import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { InputError } from "../../base/errors.ts";
import { inOrder } from "../../base/in-order.ts";
import { type ExperimentPlan, planFile, readPlan } from "../plan.ts";
import { armsOf } from "../results/cells.ts";
import { isDone, type RunStatus, readRunStatus } from "../run-status.ts";
import type { ExperimentRun } from "../runs.ts";
import type { Overview, RunRow } from "./contract.ts";
import { type ImageSetPlace, imageSetsOf } from "./image-sets.ts";

/** Files looked at side by side. */
const sideBySide = 64;

export interface BoardRun {
  run: ExperimentRun;
  arm: string;
}

export class Board {
  readonly folder: string;
  /** By id; of the last plan that could be read. */
  runs = new Map<string, BoardRun>();
  sets: ImageSetPlace[] = [];
  private plan: ExperimentPlan | undefined;
  private planStamp = "";
  private trouble: string | null = null;
  private rows = new Map<string, { row: RunRow; stamp: string }>();

  /** @param folder of an experiment; it may be planned later */
  constructor(folder: string) {
    this.folder = resolve(folder);
  }

  /**
   * Looks at the files. Throws nothing: what cannot be read is told in the overview.
   * @returns whether the plan is another, and which runs have changed
   */
  async look(): Promise<{ replanned: boolean; changed: RunRow[] }> {
    const replanned = await this.lookAtPlan();
    const changed: RunRow[] = [];
    for await (const row of inOrder(this.runs.values(), sideBySide, (one) => this.lookAtRun(one)))
      if (row !== undefined) changed.push(row);
    return { replanned, changed };
  }

  overview(): Overview {
    const arms = [...new Set([...this.runs.values()].map(({ arm }) => arm))];
    const runs = [...this.runs.values()].map(({ run }) => run);
    return {
      name: this.plan?.name ?? basename(this.folder),
      trouble: this.trouble,
      arms,
      networks: [...new Set(runs.map(({ network }) => network))],
      seeds: [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b),
      sets: this.sets.map(({ name, kind }) => ({ name, kind })),
      runs: runs.flatMap(({ id }) => this.rows.get(id)?.row ?? []),
    };
  }

  row(id: string): RunRow | undefined {
    return this.rows.get(id)?.row;
  }

  private async lookAtPlan(): Promise<boolean> {
    const stamp = await stampOf(planFile(this.folder));
    if (stamp === this.planStamp) return false;
    this.planStamp = stamp;
    const before = this.trouble;
    if (stamp === missing) {
      this.trouble = `${this.folder} has no runs.json: the experiment has not been planned, or the folder is gone`;
      return this.trouble !== before;
    }
    try {
      this.plan = readPlan(this.folder);
      this.trouble = null;
    } catch (error) {
      this.trouble = wordsOf(error);
      return this.trouble !== before;
    }
    const arms = armsOf(this.plan.runs);
    const armOf = ({ strategy, alpha }: ExperimentRun) =>
      arms.find((arm) => arm.strategy === strategy && arm.alpha === alpha)!.name;
    this.runs = new Map(this.plan.runs.map((run) => [run.id, { run, arm: armOf(run) }]));
    this.sets = imageSetsOf(this.plan);
    this.rows = new Map();
    return true;
  }

  /** @returns its row when it is another than before */
  private async lookAtRun({ run, arm }: BoardRun): Promise<RunRow | undefined> {
    const before = this.rows.get(run.id);
    // Whoever begins, ends or goes on with a run says so in its status. Whether its worker has died is not in files.
    const stamp = await stampOf(join(run.folder, "status.json"));
    const goesOn = before?.row.state === "running" || before?.row.state === "evaluating";
    if (before !== undefined && before.stamp === stamp && !goesOn) return undefined;
    const [metrics, weights] = await Promise.all(
      ["metrics.jsonl", "best.safetensors"].map((name) => stampOf(join(run.folder, name))),
    );
    const row = this.makeRow({ run, arm }, Number.parseFloat(metrics) || 0, weights !== missing);
    this.rows.set(run.id, { row, stamp });
    return before !== undefined && JSON.stringify(before.row) === JSON.stringify(row) ? undefined : row;
  }

  private makeRow({ run, arm }: BoardRun, metrics: number, weights: boolean): RunRow {
    const { id, name, network, seed, config } = run;
    const place = { name, arm, network, seed, metrics, weights };
    try {
      const { evaluated, ...status }: RunStatus = readRunStatus(run);
      return {
        ...status,
        ...place,
        id,
        stale: status.state === "done" && !isDone({ ...status, evaluated }, this.plan!),
      };
    } catch (error) {
      const nothing = { epoch: 0, epochs: config.epochs, bestAuc: null, startedAt: null, finishedAt: null };
      return { ...place, id, state: "unreadable", ...nothing, stale: false, error: wordsOf(error) };
    }
  }
}

const missing = "missing";

/** Another when the file has been written since. */
export async function stampOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return missing;
  }
}

/** For a person, in one line. */
export function wordsOf(error: unknown): string {
  if (error instanceof InputError) return error.message;
  return (error as Error).message.split("\n")[0];
}
