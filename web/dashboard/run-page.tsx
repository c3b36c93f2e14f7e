/** One run: how far it is, its curves, what its evaluation says and shows, and how it is trained. */
import type { ComparedRun, RunDetail, RunRow } from "../../src/experiment/dashboard/contract.ts";
import { when } from "../shared/numbers.ts";
import { Await, Heading } from "../shared/page-parts.tsx";
import { addressOf } from "../shared/server.ts";
import { useAnswer } from "../shared/use-answer.ts";
import type { PageProps } from "./app.tsx";
import { Curves } from "./curves.tsx";
import { doing, isActive, measureNames, measureWords, rate } from "./words.ts";

export function RunPage({ id, overview, chosen, choose }: PageProps & { id: string }) {
  const run = overview.runs.find((one) => one.id === id);
  // Asked again when its state changes, for what it has written by then.
  const answer = useAnswer<RunDetail>(run && `/runs/${id}?${run.state}`);
  if (run === undefined)
    return (
      <p class="notice error">
        The experiment has no run {id}. <a href="#/runs">To the runs</a>
      </p>
    );
  const toggle = () => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    choose(next);
  };
  return (
    <>
      <p class="crumbs">
        <a href="#/runs">All runs</a>
      </p>
      <Heading title={run.name}>
        <button type="button" class="secondary" aria-pressed={chosen.has(id)} onClick={toggle}>
          {chosen.has(id) ? "Chosen to compare" : "Choose to compare"}
        </button>
      </Heading>
      {run.error !== undefined && (
        <p class="notice error" role="alert">
          {run.error}
        </p>
      )}
      <Facts run={run} />
      <Curves runs={[run]} arms={overview.arms} />
      <Await answer={answer}>
        {(detail) => (
          <>
            <Results results={detail.results} active={isActive(run)} />
            <Pictures detail={detail} />
            <details>
              <summary>How it is trained</summary>
              <pre class="card scroll">{detail.settings}</pre>
              <p class="soft small">
                In the experiment’s folder: <code>{detail.folder}</code>
              </p>
            </details>
          </>
        )}
      </Await>
    </>
  );
}

function Facts({ run }: { run: RunRow }) {
  const facts = [
    ["State", doing(run)],
    ["Epochs", `${run.epoch} of ${run.epochs}`],
    ["Best validation AUC", rate(run.bestAuc, 4)],
    ["Begun", when(run.startedAt)],
    ["Ended", when(run.finishedAt)],
    ["By", run.worker ?? "–"],
  ];
  return (
    <dl class="facts">
      {facts.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Results({ results, active }: { results: ComparedRun; active: boolean }) {
  return (
    <section aria-label="Results">
      <h2 class="part">On each test set</h2>
      {results.sets.length === 0 ? (
        <p class={`notice ${active || results.trouble?.startsWith("it has") ? "" : "error"}`}>
          No results: {results.trouble ?? "it was evaluated on no test set"}.
        </p>
      ) : (
        <div class="scroll card">
          <table>
            <thead>
              <tr>
                <th scope="col">test set</th>
                {measureNames.map((name) => (
                  <th key={name} scope="col">
                    {measureWords[name]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {results.sets.map(({ testSet, measures }) => (
                <tr key={testSet}>
                  <th scope="row">{testSet}</th>
                  {measureNames.map((name) => (
                    <td key={name}>{rate(measures[name])}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Pictures({ detail: { run, pictures } }: { detail: RunDetail }) {
  if (pictures.length === 0) return null;
  const numbered = pictures.map((picture, number) => ({ ...picture, number }));
  return (
    <section aria-label="Where it looks">
      <h2 class="part">Where it looks</h2>
      {[...new Set(pictures.map(({ testSet }) => testSet))].map((testSet) => (
        <div key={testSet}>
          <h3 class="soft">{testSet}</h3>
          <ul class="gallery">
            {numbered
              .filter((picture) => picture.testSet === testSet)
              .map(({ number, label, caption }) => (
                <li key={number} class="card tile">
                  <div class="picture">
                    <img src={addressOf(`/runs/${run}/pictures/${number}`)} alt="" loading="lazy" />
                  </div>
                  <b>{label}</b> {caption}
                </li>
              ))}
          </ul>
        </div>
      ))}
    </section>
  );
}
