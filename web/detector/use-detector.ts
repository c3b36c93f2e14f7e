/** The detector that lies beside the page: being loaded, there, or why it is not. */
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { Judge, type Loaded } from "./judge.ts";

export interface DetectorState {
  judge: Judge;
  loaded: Loaded | undefined;
  /** Bytes of the model, and of how many, where the server tells. */
  progress: { done: number; total: number | undefined };
  failure: string | undefined;
  tryAgain: () => void;
}

export function useDetector(): DetectorState {
  const [attempt, setAttempt] = useState(0);
  const [progress, setProgress] = useState<DetectorState["progress"]>({ done: 0, total: undefined });
  const [loaded, setLoaded] = useState<Loaded>();
  const [failure, setFailure] = useState<string>();
  // Each attempt loads anew.
  const judge = useMemo(
    () => new Judge(new URL("./", location.href).href, (done, total) => setProgress({ done, total })),
    [attempt],
  );
  useEffect(() => {
    let current = true;
    judge.loaded.then(
      (given) => current && setLoaded(given),
      (error: Error) => current && setFailure(error.message),
    );
    return () => {
      current = false;
      judge.stop();
    };
  }, [judge]);
  const tryAgain = useCallback(() => {
    setFailure(undefined);
    setAttempt((count) => count + 1);
  }, []);
  return { judge, loaded, progress, failure, tryAgain };
}
