/** The curves of some runs, asked for again when a run has written of another epoch. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { RunCurve, RunRow } from "../../src/experiment/dashboard/contract.ts";
import { ask } from "../shared/server.ts";

export interface CurvesAnswer {
  /** Of the runs that are known so far, in their order. */
  curves: { run: RunRow; curve: RunCurve }[];
  error?: string | undefined;
}

export function useCurves(runs: readonly RunRow[]): CurvesAnswer {
  const known = useRef(new Map<string, { metrics: number; curve: RunCurve }>());
  const [, drawAgain] = useState(0);
  const [error, setError] = useState<string>();
  const wanted = runs.map(({ id, metrics }) => `${id} ${metrics}`).join();
  // `wanted` says all that there is to ask.
  useEffect(() => {
    const changed = runs.filter(({ id, metrics }) => known.current.get(id)?.metrics !== metrics);
    if (changed.length === 0) return;
    const abort = new AbortController();
    ask<RunCurve[]>(`/curves?runs=${changed.map(({ id }) => id).join()}`, abort.signal).then(
      (curves) => {
        curves.forEach((curve, i) => {
          known.current.set(curve.run, { metrics: changed[i].metrics, curve });
        });
        setError(undefined);
        drawAgain((count) => count + 1);
      },
      (failure: Error) => {
        if (!abort.signal.aborted) setError(failure.message);
      },
    );
    return () => abort.abort();
  }, [wanted]);
  const curves = runs.flatMap((run) => {
    const curve = known.current.get(run.id)?.curve;
    return curve === undefined ? [] : [{ run, curve }];
  });
  return { curves, error };
}
