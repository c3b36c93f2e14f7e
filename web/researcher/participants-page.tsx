/** Everyone who joined, by number. */
import type { Page, ParticipantRow } from "../../src/study/contract/researcher-api.ts";
import { duration, plural, when } from "../shared/numbers.ts";
import { Await, Heading, Pager, Select } from "../shared/page-parts.tsx";
import { type Route, replaceWith } from "../shared/route.ts";
import { queryOf } from "../shared/server.ts";
import { useAnswer } from "../shared/use-answer.ts";
import { conditionWords, shareWords, stateWords } from "./words.ts";

const pageSize = 50;
const sorts = [
  ["id-", "newest first"],
  ["id", "oldest first"],
  ["lastSeen-", "last seen first"],
  ["done-", "most trials first"],
  ["accuracy-", "most often right first"],
  ["accuracy", "least often right first"],
  ["time", "fastest first"],
  ["time-", "slowest first"],
  ["state", "by state"],
  ["condition", "by condition"],
] as const;

export function ParticipantsPage({ route }: { route: Route }) {
  const { query } = route;
  const sort = query.get("sort") ?? "id-";
  const state = query.get("state") ?? "";
  const condition = query.get("condition") ?? "";
  const answer = useAnswer<Page<ParticipantRow>>(
    `/participants${queryOf({
      page: query.get("page") ?? 1,
      pageSize,
      sort: sort.replace("-", ""),
      descending: sort.endsWith("-"),
      state,
      condition,
    })}`,
  );
  const change = (name: string) => (value: string) => replaceWith(route, { [name]: value, page: undefined });
  return (
    <>
      <Heading title="Participants" />
      <div class="controls">
        <Select label="Order" value={sort} options={sorts} choose={change("sort")} />
        <Select
          label="State"
          value={state}
          options={[["", "all"], ...Object.entries(stateWords)]}
          choose={change("state")}
        />
        <Select
          label="Condition"
          value={condition}
          options={[["", "all"], ...Object.entries(conditionWords)]}
          choose={change("condition")}
        />
      </div>
      <Await answer={answer}>
        {({ rows, total, page }) =>
          rows.length === 0 ? (
            <p class="notice">{state || condition ? "No participant is so." : "Nobody has joined yet."}</p>
          ) : (
            <>
              <p class="soft">{plural(total, "participant")}</p>
              <ParticipantsTable rows={rows} />
              <Pager route={route} page={page} pageSize={pageSize} total={total} />
            </>
          )
        }
      </Await>
    </>
  );
}

function ParticipantsTable({ rows }: { rows: readonly ParticipantRow[] }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Participant</th>
            <th scope="col" class="text">
              State
            </th>
            <th scope="col" class="text">
              Condition
            </th>
            <th scope="col">Trials</th>
            <th scope="col">Right (95 % interval)</th>
            <th scope="col">Median time</th>
            <th scope="col">Catch failed</th>
            <th scope="col">Focus lost</th>
            <th scope="col">Last seen</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">
                <a href={`#/participants/${row.id}`}>{row.id}</a>
              </th>
              <td class="text">{stateWords[row.state]}</td>
              <td class="text">{row.condition ? conditionWords[row.condition] : "–"}</td>
              <td>
                {row.done} of {row.trials}
              </td>
              <td>{shareWords(row.accuracy)}</td>
              <td>{row.medianResponseMs === null ? "–" : duration(row.medianResponseMs)}</td>
              <td>{row.catchesFailed}</td>
              <td>{row.blurred}</td>
              <td>{when(row.lastSeenAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
