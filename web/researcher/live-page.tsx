/** How the study goes, asked again every few seconds. */
import { useState } from "preact/hooks";

import type { Live } from "../../src/study/contract/researcher-api.ts";
import { ago, percent, plural, whole } from "../shared/numbers.ts";
import { Await, Heading } from "../shared/page-parts.tsx";
import { useAnswer } from "../shared/use-answer.ts";
import { AccuracyFigure, CatchFigure, DropOutFigure, JudgementsFigure, TimesFigure } from "./live-figures.tsx";
import { conditionWords, stateNames, stateWords } from "./words.ts";

const refreshMs = 5000;

export function LivePage() {
  const [paused, setPaused] = useState(false);
  const answer = useAnswer<Live>("/live", paused ? undefined : refreshMs);
  return (
    <>
      <Heading title="Live">
        <button type="button" class="secondary" aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {paused ? "Go on" : "Pause"}
        </button>
      </Heading>
      <Await answer={answer}>{(live) => <LiveNumbers live={live} paused={paused} />}</Await>
    </>
  );
}

function LiveNumbers({ live, paused }: { live: Live; paused: boolean }) {
  const last = live.lastActivityAt;
  return (
    <>
      <p class="soft">
        <strong class="ink">{live.title}</strong> · “{live.question}” ·{" "}
        {last ? `last activity ${ago(last, live.readAt)}` : "nobody has come yet"} ·{" "}
        {paused ? "paused" : `asked again every ${refreshMs / 1000} s`}
        {live.reusedForSeconds > refreshMs / 1000 &&
          `; the numbers are renewed every ${Math.round(live.reusedForSeconds)} s, so that watching does not slow the study`}
      </p>
      <Facts live={live} />
      {live.trials === 0 ? (
        <>
          <States live={live} />
          <p class="notice">The figures appear with the first trial.</p>
        </>
      ) : (
        <>
          <p class="legend">
            {live.conditions.map((condition) => (
              <span key={condition}>
                <i class={`swatch ${condition}`} /> {conditionWords[condition]}
              </span>
            ))}
          </p>
          <div class="figures">
            <States live={live} />
            <JudgementsFigure live={live} />
            <AccuracyFigure live={live} />
            <TimesFigure live={live} />
            <CatchFigure live={live} />
            <DropOutFigure live={live} />
          </div>
        </>
      )}
    </>
  );
}

function Facts({ live }: { live: Live }) {
  const count = (chosen: (state: string) => boolean) =>
    live.participants.filter(({ state }) => chosen(state)).reduce((sum, row) => sum + row.count, 0);
  return (
    <dl class="facts">
      <div>
        <dt>Participants</dt>
        <dd>{whole(count(() => true))}</dd>
      </div>
      <div>
        <dt>Complete</dt>
        <dd>{whole(count((state) => state === "complete"))}</dd>
      </div>
      <div>
        <dt>Under way</dt>
        <dd>{whole(count((state) => ["consent", "before", "trials", "after"].includes(state)))}</dd>
      </div>
      <div>
        <dt>Trials</dt>
        <dd>{whole(live.trials)}</dd>
      </div>
      {live.judgements.map(({ condition, total, images }) => {
        const all = images.reduce((sum, row) => sum + row.images, 0);
        // What an image has beyond the target helps no other image.
        const counted = images.reduce(
          (sum, row) => sum + row.images * Math.min(row.judgements, live.targetJudgements),
          0,
        );
        const wanted = all * live.targetJudgements;
        const reached = images
          .filter(({ judgements }) => judgements >= live.targetJudgements)
          .reduce((sum, row) => sum + row.images, 0);
        return (
          <div key={condition} class="wide">
            <dt>Target reached, {conditionWords[condition].toLowerCase()}</dt>
            <dd>
              {wanted === 0 ? "–" : percent(counted / wanted)}
              <progress
                max={Math.max(1, wanted)}
                value={counted}
                aria-label={`Target reached, ${conditionWords[condition]}`}
              />
              <small>
                {plural(total, "judgement")}; {whole(reached)} of {plural(all, "image")} done
              </small>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function States({ live }: { live: Live }) {
  const found = stateNames.filter((state) => live.participants.some((row) => row.state === state));
  if (found.length === 0)
    return (
      <p class="notice">
        Nobody has joined yet. Share the participants’ link, or rehearse with <code>oversight study simulate</code>.
      </p>
    );
  const undecided = live.participants.some(({ condition }) => condition === null);
  const columns = [...live.conditions, ...(undecided ? [null] : [])];
  const count = (state: string, condition: string | null) =>
    live.participants.find((row) => row.state === state && row.condition === condition)?.count ?? 0;
  return (
    <section class="card">
      <h2>Participants by state</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">State</th>
              {columns.map((condition) => (
                <th key={condition} scope="col">
                  {condition ? conditionWords[condition] : "None yet"}
                </th>
              ))}
              <th scope="col">All</th>
            </tr>
          </thead>
          <tbody>
            {found.map((state) => (
              <tr key={state}>
                <th scope="row">
                  <a href={`#/participants?state=${state}`}>{stateWords[state]}</a>
                </th>
                {columns.map((condition) => (
                  <td key={condition}>{whole(count(state, condition))}</td>
                ))}
                <td>{whole(columns.reduce((sum, condition) => sum + count(state, condition), 0))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
