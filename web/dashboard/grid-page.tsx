/** All runs of the experiment: the grid as it fills up, the curves of what runs now, and what has failed. */
import type { RunRow } from "../../src/experiment/dashboard/contract.ts";
import { plural, whole } from "../shared/numbers.ts";
import { Heading } from "../shared/page-parts.tsx";
import type { PageProps } from "./app.tsx";
import { Curves } from "./curves.tsx";
import { Grid } from "./grid.tsx";
import { isActive } from "./words.ts";

/** Curves of more would hide one another. */
const mostCurves = 24;

export function GridPage({ overview, chosen, choose }: PageProps) {
  const { runs, name } = overview;
  const active = runs.filter(isActive);
  const broken = runs.filter(
    ({ error, state }) => error !== undefined && (state === "failed" || state === "unreadable"),
  );
  return (
    <>
      <Heading title={name} />
      {runs.length > 0 && (
        <>
          <Counts runs={runs} />
          <Grid overview={overview} chosen={chosen} choose={choose} />
          {broken.length > 0 && <Broken runs={broken} />}
          <section aria-label="Running now">
            <h2 class="part">Running now</h2>
            {active.length === 0 ? (
              <p class="soft">No run is being trained or evaluated at this moment.</p>
            ) : (
              <>
                {active.length > mostCurves && (
                  <p class="soft">
                    The first {mostCurves} of {whole(active.length)} runs.
                  </p>
                )}
                <Curves runs={active.slice(0, mostCurves)} arms={overview.arms} />
              </>
            )}
          </section>
        </>
      )}
      {chosen.size > 0 && (
        <section class="chosen" aria-label="Chosen runs">
          <span>{plural(chosen.size, "run")} chosen</span>
          <a class="primary" href={`#/compare?runs=${[...chosen].join(",")}`}>
            Compare
          </a>
          <button type="button" class="secondary" onClick={() => choose(new Set())}>
            Choose none
          </button>
        </section>
      )}
    </>
  );
}

function Counts({ runs }: { runs: RunRow[] }) {
  const count = (test: (run: RunRow) => boolean) => runs.filter(test).length;
  const done = count(({ state, stale }) => state === "done" && !stale);
  const facts: [string, number][] = [
    ["training", count(({ state }) => state === "running")],
    ["evaluating", count(({ state }) => state === "evaluating")],
    ["waiting", count(({ state, stale }) => state === "waiting" || stale)],
    ["failed", count(({ state }) => state === "failed" || state === "unreadable")],
    ["cancelled", count(({ state }) => state === "cancelled")],
  ];
  return (
    <dl class="facts">
      <div class="wide">
        <dt>Done</dt>
        <dd>
          {whole(done)} of {plural(runs.length, "run")}
          <progress max={runs.length} value={done} aria-label="Runs done" />
        </dd>
      </div>
      {facts
        .filter(([word, number]) => number > 0 || word === "training" || word === "waiting")
        .map(([word, number]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{whole(number)}</dd>
          </div>
        ))}
    </dl>
  );
}

function Broken({ runs }: { runs: RunRow[] }) {
  return (
    <section aria-label="Failed runs">
      <h2 class="part">What went wrong</h2>
      <ul class="broken">
        {runs.map(({ id, name, error }) => (
          <li key={id}>
            <a href={`#/runs/${id}`}>{name}</a>
            <span>{error}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
