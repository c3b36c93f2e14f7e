/** Where the network of one run looks, what it answers, and how well it agrees with people. */
import { useEffect } from "preact/hooks";
import type { Cam, ImageDetail, RunRow } from "../../src/experiment/dashboard/contract.ts";
import { percent, plural } from "../shared/numbers.ts";
import { Picture } from "./image-page.tsx";
import { useCam } from "./use-cam.ts";
import { rate } from "./words.ts";

interface CamTileProps {
  arm: string;
  network: string;
  seed: number;
  /** Undefined where the grid has no such run. */
  run: RunRow | undefined;
  path: string;
  detail: ImageDetail;
  opacity: number;
  /** A class; empty: the one that the network answers. */
  evidence: string;
  /** Told the classes that there is evidence for. */
  onClasses: (labels: string[]) => void;
}

export function CamTile({ arm, network, seed, run, path, detail, opacity, evidence, onClasses }: CamTileProps) {
  const { cam: answer, again } = useCam(run?.weights ? `${path}/cams/${run.id}` : undefined);
  const cam = answer.state === "done" ? answer.cam : undefined;
  const shown = cam?.classes.find(({ label }) => label === (evidence || cam.predicted));
  useEffect(() => {
    if (cam !== undefined) onClasses(cam.classes.map(({ label }) => label));
  }, [cam]);
  const nothing = (words: string) => <p class="soft small">{words}</p>;
  return (
    <li class="card tile" aria-busy={answer.state === "computing"}>
      <h2>{run === undefined ? arm : <a href={`#/runs/${run.id}`}>{arm}</a>}</h2>
      {run === undefined ? (
        nothing(`The experiment has no run of ${arm} with ${network} and seed ${seed}.`)
      ) : !run.weights ? (
        nothing("It has no weights yet: its training has not finished an epoch.")
      ) : (
        <>
          <Picture path={path} detail={detail} map={shown?.map} opacity={opacity} />
          {answer.state === "computing" && (
            <p class="computing small" role="status">
              <i aria-hidden="true" />
              {answer.before === 0 ? "Computing the map …" : `Computing: ${plural(answer.before, "map")} before it …`}
            </p>
          )}
          {answer.state === "failed" && (
            <p class="error small" role="alert">
              {answer.message}{" "}
              <button type="button" class="quiet" onClick={again}>
                Try again
              </button>
            </p>
          )}
          {cam !== undefined && <Answer cam={cam} label={detail.label} />}
          {shown?.alignment && (
            <p class="soft small">
              Agrees with people: r&nbsp;= {rate(shown.alignment.pearson, 2)}, overlap of the top tenth{" "}
              {percent(shown.alignment.topIou)}
            </p>
          )}
          {run.state !== "done" && nothing("The best epoch so far; the run is not done.")}
        </>
      )}
    </li>
  );
}

function Answer({ cam, label }: { cam: Cam; label: string }) {
  const right = cam.predicted === label;
  return (
    <p class="small">
      <b class={right ? "right" : "wrong"}>
        {right ? "✓" : "✗"} {cam.predicted}
      </b>
      <span class="soft">
        {" "}
        · probability of {cam.positive} {percent(cam.probability, 1)}
      </span>
    </p>
  );
}
