/** One participant's whole record: where they stand, what they answered, and each trial, to be replayed. */
import type { ParticipantDetail, TrialRow } from "../../src/study/contract/researcher-api.ts";
import { duration, plural, when } from "../shared/numbers.ts";
import { Await, Heading } from "../shared/page-parts.tsx";
import { hrefWith, type Route } from "../shared/route.ts";
import { useAnswer } from "../shared/use-answer.ts";
import { Right } from "./image-page.tsx";
import { Replay } from "./replay.tsx";
import { conditionWords, kindWords, pairWords, shareWords, stateWords } from "./words.ts";

export function ParticipantPage({ id, route }: { id: string; route: Route }) {
  const answer = useAnswer<ParticipantDetail>(`/participants/${id}`);
  return (
    <>
      <nav class="crumbs" aria-label="Where this is">
        <a href="#/participants">Participants</a>
      </nav>
      <Heading title={`Participant ${id}`} />
      <Await answer={answer}>{(participant) => <Participant participant={participant} route={route} />}</Await>
    </>
  );
}

function Participant({ participant, route }: { participant: ParticipantDetail; route: Route }) {
  const { list } = participant;
  const wanted = Number(route.query.get("trial"));
  const place = Math.max(
    0,
    list.findIndex(({ id }) => id === wanted),
  );
  return (
    <>
      <dl class="facts">
        <Fact name="State" value={stateWords[participant.state]} />
        <Fact name="Condition" value={participant.condition ? conditionWords[participant.condition] : "none yet"} />
        <Fact name="Trials" value={`${participant.done} of ${participant.trials}`} />
        <Fact name="Right" value={shareWords(participant.accuracy)} />
        <Fact
          name="Median time"
          value={participant.medianResponseMs === null ? "–" : duration(participant.medianResponseMs)}
        />
        <Fact name="Catch trials failed" value={String(participant.catchesFailed)} />
        <Fact name="Joined" value={when(participant.joinedAt)} />
        <Fact name="Trials begun" value={when(participant.begunAt)} />
        <Fact name="Finished" value={when(participant.finishedAt)} />
        <Fact name="Last seen" value={when(participant.lastSeenAt)} />
        <Fact
          name="Consent"
          value={participant.consentVersion ? `version ${participant.consentVersion}` : "not given"}
        />
        <Fact name="Focus lost" value={plural(participant.blurred, "time")} />
      </dl>
      {list.length === 0 ? (
        <p class="notice">No trial is done yet.</p>
      ) : (
        <div class="beside">
          <Replay
            key={list[place].id}
            trial={list[place]}
            question={participant.question}
            before={list[place - 1] && hrefWith(route, { trial: list[place - 1].id })}
            after={list[place + 1] && hrefWith(route, { trial: list[place + 1].id })}
          />
          <Trials list={list} current={list[place].id} route={route} />
        </div>
      )}
      <Answers answers={participant.answers} />
    </>
  );
}

const Fact = ({ name, value }: { name: string; value: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);

function Trials({ list, current, route }: { list: readonly TrialRow[]; current: number; route: Route }) {
  return (
    <section class="scroll tall" aria-label="Trials">
      <table>
        <caption>Trials, in the order they were done</caption>
        <thead>
          <tr>
            <th scope="col">Trial</th>
            <th scope="col" class="text">
              Kind
            </th>
            <th scope="col" class="text">
              Pair
            </th>
            <th scope="col" class="text">
              Chosen
            </th>
            <th scope="col">Right</th>
            <th scope="col">Choice</th>
            <th scope="col">Marking</th>
            <th scope="col">Strokes</th>
          </tr>
        </thead>
        <tbody>
          {list.map((trial) => (
            <tr key={trial.id} class={trial.id === current ? "current" : undefined}>
              <th scope="row">
                <a
                  href={hrefWith(route, { trial: trial.id })}
                  aria-current={trial.id === current ? "true" : undefined}
                  aria-label={`Replay trial ${trial.position + 1}`}
                >
                  {trial.position + 1}
                </a>
              </th>
              <td class="text">{kindWords[trial.kind]}</td>
              <td class="text">{pairWords[trial.pair]}</td>
              <td class="text">{trial.choice}</td>
              <td>
                <Right correct={trial.correct} />
              </td>
              <td>{duration(trial.responseMs)}</td>
              <td>{trial.markingMs > 0 ? duration(trial.markingMs) : "–"}</td>
              <td>{trial.strokeCount}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Answers({ answers }: Pick<ParticipantDetail, "answers">) {
  if (answers.length === 0) return null;
  return (
    <section class="card">
      <h2>Answers</h2>
      <dl class="answers">
        {answers.map(({ form, id, question, answer }) => (
          <div key={`${form} ${id}`}>
            <dt>{question}</dt>
            <dd>
              {answer === undefined || answer === null
                ? "–"
                : Array.isArray(answer)
                  ? answer.join(", ")
                  : String(answer)}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
