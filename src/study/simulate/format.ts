/** A simulation's summary as lines for a terminal, at most 60 columns wide but for what failed. */
import { outcomes, type SimulationSummary } from "./simulate.ts";

export function formatSimulation(summary: SimulationSummary): string {
  const { participants, trials, refreshes, resent, retries, seconds, commitMs, failures } = summary;
  const ended = outcomes
    .filter((outcome) => participants[outcome] > 0)
    .map((outcome) => `${participants[outcome]} ${outcome}`);
  const again = Object.entries(retries)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${count} ${reason}`);
  const ms = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
  const rows = [
    ["participants", ended.join(", ")],
    ["trials", `${trials} in ${seconds.toFixed(1)} s, ${(trials / Math.max(seconds, 1e-3)).toFixed(1)} a second`],
    ["page reloads", String(refreshes)],
    ["sent twice", String(resent)],
    ["tried again", again.length === 0 ? "0" : again.join(", ")],
  ];
  if (commitMs !== null) {
    const { p50, p95, p99, greatest } = commitMs;
    rows.push(["commit, ms", `p50 ${ms(p50)}  p95 ${ms(p95)}  p99 ${ms(p99)}  greatest ${ms(greatest)}`]);
  }
  for (const failure of failures) rows.push(["failed", failure]);
  return rows.map(([name, value]) => `${name.padEnd(14)}${value}\n`).join("");
}
