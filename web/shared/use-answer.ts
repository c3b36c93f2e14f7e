/** A component's question to the server: asked when it appears, again when the path changes, and every so often. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { ask } from "./server.ts";

export interface Answer<T> {
  /** The last answer for this path; stays while it is asked again, and beside an error. */
  data?: T;
  error?: string;
  again: () => void;
}

/**
 * @param path undefined: nothing is asked
 * @param everyMs after an answer it is asked again so much later, while the page is visible; undefined: once
 */
export function useAnswer<T>(path: string | undefined, everyMs?: number): Answer<T> {
  const [state, setState] = useState<{ path?: string; data?: T; error?: string }>({});
  const [count, setCount] = useState(0);
  const again = useCallback(() => setCount((last) => last + 1), []);

  // `count` is there to ask again.
  useEffect(() => {
    if (path === undefined) return;
    const abort = new AbortController();
    let timer: number | undefined;
    const load = async () => {
      try {
        const data = await ask<T>(path, abort.signal);
        if (!abort.signal.aborted) setState({ path, data });
      } catch (error) {
        if (abort.signal.aborted) return;
        setState((last) => ({
          path,
          data: last.path === path ? last.data : undefined,
          error: (error as Error).message,
        }));
      }
      if (everyMs !== undefined && !abort.signal.aborted) timer = window.setTimeout(next, everyMs);
    };
    // Nobody looks at a hidden page: it asks when it is shown again.
    const next = () => {
      if (document.hidden) document.addEventListener("visibilitychange", next, { once: true, signal: abort.signal });
      else void load();
    };
    void load();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [path, everyMs, count]);

  return state.path === path ? { data: state.data, error: state.error, again } : { again };
}
