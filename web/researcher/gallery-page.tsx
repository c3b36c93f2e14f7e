/** Every image of the study with what people marked on it. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Condition } from "../../src/study/contract/api.ts";
import type { ImageDetail, ImageRow, Page } from "../../src/study/contract/researcher-api.ts";
import { percent, plural, whole } from "../shared/numbers.ts";
import { Await, Heading, Pager, Select } from "../shared/page-parts.tsx";
import { hrefWith, type Route, replaceWith } from "../shared/route.ts";
import { queryOf } from "../shared/server.ts";
import { useAnswer } from "../shared/use-answer.ts";
import { MarkedImage, markedJudgements, marksFilterOf } from "./marked-image.tsx";
import { MarksControls } from "./marks-controls.tsx";
import { conditionWords } from "./words.ts";

const pageSize = 24;
const sorts = [
  ["id", "as in the manifest"],
  ["judgements-", "most judgements first"],
  ["judgements", "fewest judgements first"],
  ["marked-", "most marks first"],
  ["accuracy-", "most often judged right first"],
  ["accuracy", "most often judged wrong first"],
  ["source", "by source"],
  ["name", "by name"],
] as const;
const roles = [
  ["main", "main"],
  ["practice", "practice"],
  ["catch", "catch"],
] as const;

export function GalleryPage({ route }: { route: Route }) {
  const { query } = route;
  const sort = query.get("sort") ?? "id";
  const role = query.get("role") ?? "main";
  const search = query.get("search") ?? "";
  const answer = useAnswer<Page<ImageRow>>(
    `/images${queryOf({
      page: query.get("page") ?? 1,
      pageSize,
      sort: sort.replace("-", ""),
      descending: sort.endsWith("-"),
      role,
      search,
    })}`,
  );
  const filter = marksFilterOf(route);
  return (
    <>
      <Heading title="Images" />
      <div class="controls">
        <Search value={search} search={(text) => replaceWith(route, { search: text, page: undefined })} />
        <Select
          label="Order"
          value={sort}
          options={sorts}
          choose={(name) => replaceWith(route, { sort: name, page: undefined })}
        />
        <Select
          label="Images of"
          value={role}
          options={roles}
          choose={(name) => replaceWith(route, { role: name, page: undefined })}
        />
        <MarksControls route={route} />
      </div>
      <Await answer={answer}>
        {({ rows, total, page }) =>
          rows.length === 0 ? (
            <p class="notice">
              {search ? `No image has “${search}” in its name, label or source.` : "The study has no such images."}
            </p>
          ) : (
            <>
              <p class="soft">{plural(total, "image")}</p>
              <ul class="gallery">
                {rows.map((row) => (
                  <Tile key={row.id} row={row} route={route} filter={filter} />
                ))}
              </ul>
              <Pager route={route} page={page} pageSize={pageSize} total={total} />
            </>
          )
        }
      </Await>
    </>
  );
}

function Search({ value, search }: { value: string; search: (text: string) => void }) {
  const timer = useRef<number>(undefined);
  const changed = (text: string) => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => search(text.trim()), 300);
  };
  return (
    <label class="field">
      Search
      <input
        type="search"
        value={value}
        placeholder="name, label or source"
        onInput={(event) => changed(event.currentTarget.value)}
      />
    </label>
  );
}

interface TileProps {
  row: ImageRow;
  route: Route;
  filter: ReturnType<typeof marksFilterOf>;
}

function Tile({ row, route, filter }: TileProps) {
  const tile = useRef<HTMLLIElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        setSeen(true);
        observer.disconnect();
      },
      { rootMargin: "200px" },
    );
    observer.observe(tile.current!);
    return () => observer.disconnect();
  }, []);
  const { data } = useAnswer<ImageDetail>(seen && row.marked > 0 ? `/images/${row.id}` : undefined);
  const { overlay, correctOnly, condition } = filter;
  const marks = useMemo(
    () => data && markedJudgements(data.list, { overlay, correctOnly, condition }),
    [data, overlay, correctOnly, condition],
  );
  const judged = (Object.keys(conditionWords) as Condition[])
    .filter((name) => row.judgements[name])
    .map((name) => `${row.judgements[name]} ${conditionWords[name].toLowerCase()}`)
    .join(", ");
  return (
    <li ref={tile}>
      <a
        class="card tile"
        href={hrefWith(
          { path: ["images", String(row.id)], query: route.query },
          { page: undefined, sort: undefined, search: undefined, role: undefined },
        )}
      >
        <MarkedImage image={row} marks={marks} overlay={overlay} picture="thumbnail" side={320} />
        <strong>{row.name}</strong>
        <span class="soft">
          {row.label}
          {row.source && ` · ${row.source}`}
        </span>
        <span>
          {row.accuracy ? `${percent(row.accuracy.share)} right` : "not judged yet"} · {whole(row.marked)} marked
        </span>
        <span class="soft">{judged || "no judgements"}</span>
      </a>
    </li>
  );
}
