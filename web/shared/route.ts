/** Which page is shown, from the part of the address after #: `#/images/12?show=map`. */
import { useEffect, useState } from "preact/hooks";
import { queryOf } from "./server.ts";

export interface Route {
  /** `["images", "12"]`. */
  path: string[];
  query: URLSearchParams;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const changed = () => setRoute(read());
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}

function read(): Route {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { path: path.split("/").filter((part) => part !== ""), query: new URLSearchParams(query) };
}

/** The address of a page with `changes` made to its query; undefined or "" takes a value away. */
export function hrefWith({ path, query }: Route, changes: Record<string, string | number | undefined>): string {
  return `#/${path.join("/")}${queryOf({ ...Object.fromEntries(query), ...changes })}`;
}

/** Goes there without a step that "back" would have to undo: for filters and the like. */
export function replaceWith(route: Route, changes: Record<string, string | number | undefined>): void {
  history.replaceState(null, "", hrefWith(route, changes));
  dispatchEvent(new HashChangeEvent("hashchange"));
}
