/** What several pages show: a heading, waiting and errors, the way through pages of rows, sorting. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { whole } from "./numbers.ts";
import { hrefWith, type Route } from "./route.ts";
import type { Answer } from "./use-answer.ts";

export function Heading({ title, children }: { title: string; children?: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Oversight`;
  }, [title]);
  return (
    <div class="heading">
      <h1>{title}</h1>
      {children}
    </div>
  );
}

/** The answer when it is there; before, that it is awaited; and what went wrong, beside the last answer. */
export function Await<T>({ answer, children }: { answer: Answer<T>; children: (data: T) => ComponentChildren }) {
  const { data, error, again } = answer;
  return (
    <>
      {error !== undefined && (
        <div class="notice error" role="alert">
          {error}{" "}
          <button type="button" class="secondary" onClick={again}>
            Try again
          </button>
        </div>
      )}
      {data !== undefined ? children(data) : error === undefined && <p class="soft waiting">Loading …</p>}
    </>
  );
}

export function Pager({
  route,
  page,
  pageSize,
  total,
}: {
  route: Route;
  page: number;
  pageSize: number;
  total: number;
}) {
  const last = Math.max(1, Math.ceil(total / pageSize));
  if (last === 1) return null;
  const link = (to: number, words: string) =>
    to >= 1 && to <= last && to !== page ? (
      <a class="button" href={hrefWith(route, { page: to })}>
        {words}
      </a>
    ) : (
      <span class="button off">{words}</span>
    );
  return (
    <nav class="pager" aria-label="Pages of the list">
      {link(1, "First")}
      {link(page - 1, "Previous")}
      <span>
        Page {whole(page)} of {whole(last)}
      </span>
      {link(page + 1, "Next")}
      {link(last, "Last")}
    </nav>
  );
}

interface SelectProps {
  label: string;
  value: string;
  options: readonly (readonly [value: string, words: string])[];
  choose: (value: string) => void;
}

export function Select({ label, value, options, choose }: SelectProps) {
  return (
    <label class="field">
      {label}
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {options.map(([name, words]) => (
          <option key={name} value={name} selected={name === value}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
