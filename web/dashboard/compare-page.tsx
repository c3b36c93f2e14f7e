/** Chosen runs side by side: curves over one another, and what each test set says, over the seeds of each strategy. */
import { useState } from "preact/hooks";
import type { ComparedCell, Comparison, MeasureName, RunRow } from "../../src/experiment/dashboard/contract.ts";
import { plural } from "../shared/numbers.ts";
import { Await, Heading, Select } from "../shared/page-parts.tsx";
import { replaceWith } from "../shared/route.ts";
import { useAnswer } from "../shared/use-answer.ts";
import type { PageProps } from "./app.tsx";
import { armStyle } from "./arms.ts";
import { Curves } from "./curves.tsx";
import { doing, isActive, measureNames, measureWords, rate } from "./words.ts";

/** Milliseconds; results of runs that are not done may come. */
const refresh = 5000;

export function ComparePage({ route, overview, choose }: PageProps) {
  const ids = (route.query.get("runs") ?? "").split(",").filter((id) => id !== "");
  const runs = overview.runs.filter(({ id }) => ids.includes(id));
  const going = runs.some((run) => isActive(run) || run.state === "waiting");
  const path = runs.length === 0 ? undefined : `/comparison?runs=${runs.map(({ id }) => id).join()}`;
  const answer = useAnswer<Comparison>(path, going ? refresh : undefined);
  const keepOnly = (kept: string[]) => {
    choose(new Set(kept));
    replaceWith(route, { runs: kept.join() });
  };
  if (runs.length === 0)
    return (
      <>
        <Heading title="Compare" />
        <p class="notice">
          No runs are chosen. <a href="#/runs">Choose some in the grid</a>
          {overview.runs.some(({ state }) => state === "done") && (
            <>
              {" or "}
              <button
                type="button"
                class="quiet"
                onClick={() =>
                  keepOnly(overview.runs.flatMap(({ id, state }) => (state === "done" ? [id] : [])).slice(0, 200))
                }
              >
                compare all that are done
              </button>
            </>
          )}
          .
        </p>
      </>
    );
  return (
    <>
      <Heading title={`Compare ${plural(runs.length, "run")}`}>
        <button type="button" class="secondary" onClick={() => keepOnly([])}>
          Choose none
        </button>
      </Heading>
      <Curves runs={runs} arms={overview.arms} />
      <Await answer={answer}>
        {(comparison) => (
          <>
            <Results comparison={comparison} arms={overview.arms} />
            <ChosenRuns
              runs={runs}
              comparison={comparison}
              remove={(id) => keepOnly(ids.filter((kept) => kept !== id))}
            />
          </>
        )}
      </Await>
    </>
  );
}

function Results({ comparison: { cells }, arms }: { comparison: Comparison; arms: readonly string[] }) {
  const [measure, setMeasure] = useState<MeasureName>("auc");
  const testSets = [...new Set(cells.map(({ testSet }) => testSet))];
  const rows = [...new Set(cells.map(({ arm, network }) => JSON.stringify([arm, network])))].map(
    (key) => JSON.parse(key) as [string, string],
  );
  const find = (arm: string, network: string, testSet: string) =>
    cells.find((cell) => cell.arm === arm && cell.network === network && cell.testSet === testSet);
  return (
    <section aria-label="Results">
      <h2 class="part">On each test set</h2>
      {cells.length === 0 ? (
        <p class="notice">None of these runs has been evaluated yet.</p>
      ) : (
        <>
          <div class="controls">
            <Select
              label="Measure"
              value={measure}
              options={measureNames.map((name) => [name, measureWords[name]] as const)}
              choose={(name) => setMeasure(name as MeasureName)}
            />
          </div>
          <div class="scroll card">
            <table>
              <caption>
                {measureWords[measure]}: mean ± standard deviation over the chosen runs of each strategy
              </caption>
              <thead>
                <tr>
                  <th scope="col">strategy</th>
                  <th scope="col" class="text">
                    network
                  </th>
                  {testSets.map((testSet) => (
                    <th key={testSet} scope="col">
                      {testSet}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map(([arm, network]) => (
                  <tr key={`${arm} ${network}`}>
                    <th scope="row">
                      <i class="swatch" style={{ background: armStyle(arms, arm).color }} /> {arm}
                    </th>
                    <td class="text">{network}</td>
                    {testSets.map((testSet) => (
                      <td key={testSet}>
                        <CellWords cell={find(arm, network, testSet)} measure={measure} />
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <p class="soft small">
            Whether a difference is more than chance is for <code>oversight experiment report</code> to say: it tests,
            and corrects for how many comparisons are made.
          </p>
        </>
      )}
    </section>
  );
}

function CellWords({ cell, measure }: { cell: ComparedCell | undefined; measure: MeasureName }) {
  if (cell === undefined) return <>–</>;
  const { value, reason } = cell.measures[measure];
  if (value === null) return <span title={reason}>– ({reason})</span>;
  return (
    <>
      <b>{rate(value.mean)}</b>
      {value.sd !== null && ` ± ${rate(value.sd)}`} <small class="soft">n = {value.values.length}</small>
    </>
  );
}

interface ChosenRunsProps {
  runs: RunRow[];
  comparison: Comparison;
  remove: (id: string) => void;
}

function ChosenRuns({ runs, comparison, remove }: ChosenRunsProps) {
  const results = new Map(comparison.runs.map((run) => [run.run, run]));
  const testSets = [...new Set(comparison.cells.map(({ testSet }) => testSet))];
  return (
    <section aria-label="Chosen runs">
      <h2 class="part">Run by run</h2>
      <div class="scroll card">
        <table>
          <caption>AUC on each test set</caption>
          <thead>
            <tr>
              <th scope="col">run</th>
              <th scope="col" class="text">
                state
              </th>
              {testSets.map((testSet) => (
                <th key={testSet} scope="col">
                  {testSet}
                </th>
              ))}
              <th scope="col">
                <span class="hidden-text">take out</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => {
              const own = results.get(run.id);
              const auc = (testSet: string) => own?.sets.find((set) => set.testSet === testSet)?.measures.auc;
              return (
                <tr key={run.id}>
                  <th scope="row">
                    <a href={`#/runs/${run.id}`}>{run.name}</a>
                  </th>
                  <td class="text">
                    {doing(run)}
                    {run.state === "done" && own?.trouble ? `: ${own.trouble}` : ""}
                  </td>
                  {testSets.map((testSet) => (
                    <td key={testSet}>{rate(auc(testSet))}</td>
                  ))}
                  <td>
                    <button
                      type="button"
                      class="quiet"
                      aria-label={`Take ${run.name} out`}
                      onClick={() => remove(run.id)}
                    >
                      take out
                    </button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
