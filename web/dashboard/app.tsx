/** Who may look, then the page that the address names. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Overview } from "../../src/experiment/dashboard/contract.ts";
import { type Route, useRoute } from "../shared/route.ts";
import { loggedOut, post } from "../shared/server.ts";
import { ComparePage } from "./compare-page.tsx";
import { GridPage } from "./grid-page.tsx";
import { ImagePage } from "./image-page.tsx";
import { ImagesPage } from "./images-page.tsx";
import { RunPage } from "./run-page.tsx";
import { type LiveOverview, useOverview } from "./use-overview.ts";

const tokenInAddress = () => /^#token=(.+)$/.exec(location.hash)?.[1];

export function App() {
  const [entry, setEntry] = useState<"asking" | "inside" | { error: string }>(
    tokenInAddress() === undefined ? "inside" : "asking",
  );
  useEffect(() => {
    const useLink = async () => {
      const token = tokenInAddress();
      if (token === undefined) return;
      // The token is not to stay in the address bar or the history.
      history.replaceState(null, "", location.pathname);
      try {
        await post("/login", { token });
        setEntry("inside");
      } catch (failure) {
        setEntry({ error: (failure as Error).message });
      }
    };
    const end = () => setEntry({ error: "Open the link that oversight dashboard printed when it started." });
    void useLink();
    addEventListener("hashchange", useLink);
    loggedOut.addEventListener("end", end);
    return () => {
      removeEventListener("hashchange", useLink);
      loggedOut.removeEventListener("end", end);
    };
  }, []);
  if (entry === "inside") return <Inside />;
  if (entry === "asking") return null;
  return (
    <main class="alone">
      <h1>Oversight</h1>
      <p class="notice error" role="alert">
        {entry.error}
      </p>
    </main>
  );
}

const pages = [
  ["runs", "Runs"],
  ["compare", "Compare"],
  ["images", "Images"],
] as const;

function Inside() {
  const route = useRoute();
  const live = useOverview();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const main = useRef<HTMLElement>(null);
  const place = route.path.slice(0, 2).join("/");
  const first = useRef(true);
  // After a step to another page, a screen reader and the tab key go on from its beginning.
  useEffect(() => {
    if (!first.current) {
      main.current?.focus();
      scrollTo(0, 0);
    }
    first.current = false;
  }, [place]);
  const current = route.path[0] ?? "runs";
  const href = (name: string) =>
    name === "compare" && chosen.size > 0 ? `#/compare?runs=${[...chosen].join(",")}` : `#/${name}`;
  return (
    <>
      <header class="bar">
        <button type="button" class="skip" onClick={() => main.current?.focus()}>
          To the content
        </button>
        <strong>Oversight</strong>
        <nav aria-label="Pages">
          {pages.map(([name, title]) => (
            <a key={name} href={href(name)} aria-current={current === name ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <Connection live={live} />
      </header>
      <main ref={main} tabIndex={-1}>
        {live.overview === undefined ? (
          <p class="soft waiting">Loading …</p>
        ) : (
          <>
            {live.overview.trouble !== null && <Trouble overview={live.overview} />}
            <Page route={route} overview={live.overview} chosen={chosen} choose={setChosen} />
          </>
        )}
      </main>
    </>
  );
}

function Connection({ live: { connected, overview } }: { live: LiveOverview }) {
  const words = connected ? "live" : overview === undefined ? "connecting …" : "connection lost, trying again …";
  return (
    <span class={`connection ${connected ? "up" : "down"}`} role="status">
      <i aria-hidden="true" /> {words}
    </span>
  );
}

function Trouble({ overview }: { overview: Overview }) {
  return (
    <div class="notice error" role="alert">
      <p>{overview.trouble}</p>
      {overview.runs.length === 0 ? (
        <p>
          Plan it with <code>oversight experiment plan FILE --out FOLDER</code>; this page shows it as soon as it is
          there.
        </p>
      ) : (
        <p>What is shown is what was last known.</p>
      )}
    </div>
  );
}

export interface PageProps {
  route: Route;
  overview: Overview;
  /** Ids of runs, to be compared. */
  chosen: ReadonlySet<string>;
  choose: (runs: ReadonlySet<string>) => void;
}

function Page(props: PageProps) {
  const [page = "runs", id, image] = props.route.path;
  if (page === "runs") return id ? <RunPage id={id} key={id} {...props} /> : <GridPage {...props} />;
  if (page === "compare") return <ComparePage {...props} />;
  if (page === "images")
    return id && image ? <ImagePage set={id} image={image} {...props} /> : <ImagesPage {...props} />;
  return (
    <p class="notice">
      There is no such page. <a href="#/runs">To the runs</a>
    </p>
  );
}
