/** The experiment's overview, kept current by the server's events while the page is visible. */
import { useEffect, useState } from "preact/hooks";
import type { Overview, RunRow } from "../../src/experiment/dashboard/contract.ts";
import { addressOf, ask } from "../shared/server.ts";

/** Milliseconds before a server that has refused is asked again. */
const refusedWait = 5000;

export interface LiveOverview {
  overview?: Overview;
  /** Whether news come just now. */
  connected: boolean;
}

export function useOverview(): LiveOverview {
  const [state, setState] = useState<LiveOverview>({ connected: false });
  useEffect(() => {
    let source: EventSource | undefined;
    let timer: number | undefined;
    const close = () => {
      source?.close();
      clearTimeout(timer);
      source = undefined;
      timer = undefined;
    };
    const open = () => {
      close();
      source = new EventSource(addressOf("/events"));
      source.addEventListener("overview", ({ data }) => setState({ overview: JSON.parse(data), connected: true }));
      source.addEventListener("runs", ({ data }) => {
        setState((last) => ({ ...last, overview: last.overview && withRows(last.overview, JSON.parse(data)) }));
      });
      source.addEventListener("error", () => {
        setState((last) => ({ ...last, connected: false }));
        // A line that broke is taken up again by the browser; after a refusal we have to, and see who we are to it.
        if (source?.readyState !== EventSource.CLOSED) return;
        ask("/overview").catch(() => {});
        timer = window.setTimeout(open, refusedWait);
      });
    };
    // A browser has few lines to one server, and a page that nobody looks at needs none.
    const visibility = () => {
      if (document.hidden) close();
      else if (source === undefined) open();
    };
    visibility();
    document.addEventListener("visibilitychange", visibility);
    return () => {
      document.removeEventListener("visibilitychange", visibility);
      close();
    };
  }, []);
  return state;
}

function withRows(overview: Overview, changed: readonly RunRow[]): Overview {
  const rows = new Map(changed.map((row) => [row.id, row]));
  return { ...overview, runs: overview.runs.map((row) => rows.get(row.id) ?? row) };
}
