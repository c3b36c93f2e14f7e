/** Strategy × network × α × seed: a cell each, with its state and best AUC, to be opened or chosen. */
import type { Overview, RunRow } from "../../src/experiment/dashboard/contract.ts";
import { doing, isActive, rate, stateWords } from "./words.ts";

interface GridProps {
  overview: Overview;
  chosen: ReadonlySet<string>;
  choose: (runs: ReadonlySet<string>) => void;
}

export function Grid({ overview, chosen, choose }: GridProps) {
  const { arms, networks, seeds, runs } = overview;
  const byPlace = new Map(runs.map((run) => [placeOf(run.arm, run.network, run.seed), run]));
  const set = (ids: readonly string[], on: boolean) => {
    const next = new Set(chosen);
    for (const id of ids) {
      if (on) next.add(id);
      else next.delete(id);
    }
    choose(next);
  };
  return (
    <>
      {networks.map((network) => (
        <div class="scroll" key={network}>
          <table class="grid">
            <caption>
              <strong class="ink">{network}</strong>: state and best validation AUC of each run
            </caption>
            <thead>
              <tr>
                <th scope="col">strategy</th>
                {seeds.map((seed) => (
                  <th key={seed} scope="col">
                    seed {seed}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {arms.map((arm) => {
                const row = seeds.map((seed) => byPlace.get(placeOf(arm, network, seed)));
                const ids = row.flatMap((run) => run?.id ?? []);
                if (ids.length === 0) return null;
                return (
                  <tr key={arm}>
                    <th scope="row">
                      <label class="pick">
                        <input
                          type="checkbox"
                          checked={ids.every((id) => chosen.has(id))}
                          aria-label={`Choose all runs of ${arm}, ${network}`}
                          onChange={(event) => set(ids, event.currentTarget.checked)}
                        />
                        {arm}
                      </label>
                    </th>
                    {row.map((run, i) => (
                      <td key={seeds[i]}>
                        {run !== undefined && (
                          <Cell run={run} chosen={chosen.has(run.id)} choose={(on) => set([run.id], on)} />
                        )}
                      </td>
                    ))}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      ))}
    </>
  );
}

const placeOf = (arm: string, network: string, seed: number) => JSON.stringify([arm, network, seed]);

function Cell({ run, chosen, choose }: { run: RunRow; chosen: boolean; choose: (on: boolean) => void }) {
  const { id, name, state, stale, bestAuc, seed, epoch, epochs, error } = run;
  return (
    <div class={`cell ${stale ? "stale" : state} ${chosen ? "picked" : ""}`} data-run={id}>
      <a
        href={`#/runs/${id}`}
        title={error}
        aria-label={`${name}: ${doing(run)}, best AUC ${bestAuc === null ? "not known yet" : rate(bestAuc)}`}
      >
        <span class="seed">seed {seed}</span>
        <b>{rate(bestAuc)}</b>
        <small>
          {isActive(run) && <i class="dot" aria-hidden="true" />}
          {state === "running" ? `${epoch} / ${epochs}` : stale ? "done, outdated" : stateWords[state]}
        </small>
        {state === "running" && (
          <span class="fill" aria-hidden="true">
            <span style={{ width: `${(100 * epoch) / epochs}%` }} />
          </span>
        )}
      </a>
      <label class="corner">
        <input
          type="checkbox"
          checked={chosen}
          aria-label={`Choose ${name}`}
          onChange={(event) => choose(event.currentTarget.checked)}
        />
      </label>
    </div>
  );
}
