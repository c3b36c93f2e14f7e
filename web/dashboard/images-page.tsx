/** The images that the experiment tests, trains and validates on; each leads to where every network looks in it. */
import { useEffect, useState } from "preact/hooks";
import type { ImagesPage as Images } from "../../src/experiment/dashboard/contract.ts";
import { plural } from "../shared/numbers.ts";
import { Await, Heading, Pager, Select } from "../shared/page-parts.tsx";
import { replaceWith } from "../shared/route.ts";
import { addressOf, queryOf } from "../shared/server.ts";
import { useAnswer } from "../shared/use-answer.ts";
import type { PageProps } from "./app.tsx";

const pageSize = 48;
const all = "";

export function ImagesPage({ route, overview }: PageProps) {
  const { query } = route;
  const set = Number(query.get("set") ?? 0);
  const page = Number(query.get("page") ?? 1);
  const given = (name: string) => query.get(name) ?? all;
  const asked = { label: given("label"), source: given("source"), search: given("search") };
  const path = `/sets/${set}/images${queryOf({ page, pageSize, ...asked })}`;
  const answer = useAnswer<Images>(overview.sets.length > 0 ? path : undefined);
  const change = (changes: Record<string, string>) => replaceWith(route, { ...changes, page: undefined });
  return (
    <>
      <Heading title="Images" />
      <p class="soft">Open one to see where every strategy looks in it, beside where people looked.</p>
      {overview.sets.length === 0 && <p class="notice">The experiment has no images yet.</p>}
      <div class="controls">
        <Select
          label="Images of"
          value={String(set)}
          options={overview.sets.map(({ name }, number) => [String(number), name] as const)}
          choose={(number) => change({ set: number, label: all, source: all })}
        />
        {answer.data !== undefined && (
          <>
            <Select
              label="Class"
              value={asked.label}
              options={[[all, "all"], ...answer.data.labels.map((label) => [label, label] as const)]}
              choose={(label) => change({ label })}
            />
            {answer.data.sources.length > 1 && (
              <Select
                label="From"
                value={asked.source}
                options={[
                  [all, "anywhere"],
                  ...answer.data.sources.filter((source) => source !== "").map((source) => [source, source] as const),
                ]}
                choose={(source) => change({ source })}
              />
            )}
          </>
        )}
        <Search value={asked.search} search={(search) => change({ search })} />
      </div>
      <Await answer={answer}>
        {({ images, total }) => (
          <>
            <p class="soft" role="status">
              {total === 0 ? "No image is like that." : plural(total, "image")}
            </p>
            <ul class="thumbnails">
              {images.map(({ image, name, label, source, map }) => (
                <li key={image}>
                  <a href={`#/images/${set}/${image}`} title={name}>
                    <img src={addressOf(`/sets/${set}/images/${image}/picture?size=small`)} alt={name} loading="lazy" />
                    <span>
                      {label}
                      {source !== "" && `, ${source}`}
                      {map && " · has a map"}
                    </span>
                  </a>
                </li>
              ))}
            </ul>
            <Pager route={route} page={page} pageSize={pageSize} total={total} />
          </>
        )}
      </Await>
    </>
  );
}

/** Asks when one has stopped typing. */
function Search({ value, search }: { value: string; search: (text: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => search(text), 300);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <label class="field">
      Name has
      <input type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} />
    </label>
  );
}
