/** Where one run's network looks in one image: asked for, and asked again while the server computes. */
import { useEffect, useState } from "preact/hooks";
import type { CamAnswer } from "../../src/experiment/dashboard/contract.ts";
import { ask } from "../shared/server.ts";

/** Milliseconds. A map that is not asked for any more is not computed. */
const askAgain = 1000;

export type CamState = CamAnswer | { state: "asking" };

/** @param path of the CAM; undefined: nothing is asked */
export function useCam(path: string | undefined): { cam: CamState; again: () => void } {
  const [state, setState] = useState<{ path?: string; cam: CamState }>({ cam: { state: "asking" } });
  const [count, setCount] = useState(0);
  // `count` is there to ask again.
  useEffect(() => {
    if (path === undefined) return;
    const abort = new AbortController();
    let timer: number | undefined;
    const look = async () => {
      let cam: CamState;
      try {
        cam = await ask<CamAnswer>(path, abort.signal);
      } catch (error) {
        cam = { state: "failed", message: (error as Error).message };
      }
      if (abort.signal.aborted) return;
      setState({ path, cam });
      if (cam.state === "computing") timer = window.setTimeout(look, askAgain);
    };
    setState({ path, cam: { state: "asking" } });
    void look();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [path, count]);
  return {
    cam: state.path === path ? state.cam : { state: "asking" },
    again: () => setCount((last) => last + 1),
  };
}
