/** One image: as it is, with where people looked, and with where the network of every strategy looks. */
import { useState } from "preact/hooks";
import type { ImageDetail, Overview, PlainMap, RunRow } from "../../src/experiment/dashboard/contract.ts";
import { percent, whole } from "../shared/numbers.ts";
import { Await, Heading, Select } from "../shared/page-parts.tsx";
import { replaceWith } from "../shared/route.ts";
import { addressOf } from "../shared/server.ts";
import { useAnswer } from "../shared/use-answer.ts";
import type { PageProps } from "./app.tsx";
import { CamTile } from "./cam-tile.tsx";
import { MapLayer } from "./map-layer.tsx";

/** The class that each network answers, whichever it is. */
const answered = "";

export function ImagePage({ set, image, route, overview }: PageProps & { set: string; image: string }) {
  const path = `/sets/${set}/images/${image}`;
  const answer = useAnswer<ImageDetail>(path);
  const [opacity, setOpacity] = useState(0.5);
  const network = route.query.get("network") ?? bestNetwork(overview);
  const seed = Number(route.query.get("seed") ?? bestSeed(overview, network));
  const evidence = route.query.get("class") ?? answered;
  const [classes, setClasses] = useState<string[]>([]);
  const rowOf = (arm: string) =>
    overview.runs.find((run) => run.arm === arm && run.network === network && run.seed === seed);
  return (
    <>
      <p class="crumbs">
        <a href={`#/images?set=${set}`}>All images: {overview.sets[Number(set)]?.name ?? "this set"}</a>
      </p>
      <Await answer={answer}>
        {(detail) => (
          <>
            <Heading title={detail.name}>
              <Steps set={set} detail={detail} query={route.query} />
            </Heading>
            <p class="soft">
              {detail.label}
              {detail.source !== "" && `, from ${detail.source}`} · {detail.width} × {detail.height} pixels · image{" "}
              {whole(detail.image + 1)} of {whole(detail.of)} in {detail.set}
            </p>
            <div class="controls">
              <Select
                label="Network"
                value={network}
                options={overview.networks.map((name) => [name, name] as const)}
                choose={(name) => replaceWith(route, { network: name })}
              />
              <Select
                label="Seed"
                value={String(seed)}
                options={overview.seeds.map((one) => [String(one), String(one)] as const)}
                choose={(one) => replaceWith(route, { seed: one })}
              />
              <Select
                label="Evidence for"
                value={evidence}
                options={[[answered, "the class it answers"], ...classes.map((name) => [name, name] as const)]}
                choose={(name) => replaceWith(route, { class: name })}
              />
              <label class="field">
                Map’s strength: {percent(opacity)}
                <input
                  type="range"
                  min="0"
                  max="1"
                  step="0.05"
                  value={opacity}
                  onInput={(event) => setOpacity(Number(event.currentTarget.value))}
                />
              </label>
              <span class="key">
                least <i class="scale" aria-hidden="true" /> most
              </span>
            </div>
            <ul class="side-by-side">
              <li class="card tile">
                <h2>The image</h2>
                <Picture path={path} detail={detail} />
              </li>
              <li class="card tile">
                <h2>People</h2>
                <HumanMap path={path} detail={detail} opacity={opacity} />
              </li>
              {overview.arms.map((arm) => (
                <CamTile
                  key={arm}
                  arm={arm}
                  {...{ path, detail, opacity, evidence, network, seed }}
                  run={rowOf(arm)}
                  onClasses={(names) => {
                    if (names.join() !== classes.join()) setClasses(names);
                  }}
                />
              ))}
            </ul>
          </>
        )}
      </Await>
    </>
  );
}

/** The first with weights to look through. */
const bestNetwork = ({ runs, networks }: Overview) => runs.find(({ weights }) => weights)?.network ?? networks[0] ?? "";
const bestSeed = ({ runs, seeds }: Overview, network: string) =>
  runs.find((run: RunRow) => run.weights && run.network === network)?.seed ?? seeds[0] ?? 0;

function Steps({ set, detail: { image, of }, query }: { set: string; detail: ImageDetail; query: URLSearchParams }) {
  const link = (to: number, words: string) =>
    to >= 0 && to < of ? (
      <a class="button" href={`#/images/${set}/${to}?${query}`}>
        {words}
      </a>
    ) : (
      <span class="button off">{words}</span>
    );
  return (
    <nav class="group" aria-label="Other images">
      {link(image - 1, "Previous")}
      {link(image + 1, "Next")}
    </nav>
  );
}

interface PictureProps {
  path: string;
  detail: ImageDetail;
  map?: PlainMap | undefined;
  opacity?: number;
}

export function Picture({ path, detail, map, opacity = 0 }: PictureProps) {
  return (
    <div class="picture">
      <img src={addressOf(`${path}/picture`)} alt="" width={detail.width} height={detail.height} />
      {map !== undefined && <MapLayer map={map} opacity={opacity} />}
    </div>
  );
}

function HumanMap({ path, detail, opacity }: { path: string; detail: ImageDetail; opacity: number }) {
  const answer = useAnswer<PlainMap>(detail.map ? `${path}/map` : undefined);
  if (!detail.map) return <p class="soft small">The manifest names no map of where people looked in this image.</p>;
  return (
    <>
      <Picture path={path} detail={detail} map={answer.data} opacity={opacity} />
      {answer.error !== undefined ? (
        <p class="error small">{answer.error}</p>
      ) : (
        <p class="soft small">The map that the manifest names.</p>
      )}
    </>
  );
}
