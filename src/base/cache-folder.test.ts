import { homedir } from "node:os";
import { expect, test } from "vitest";
import { cacheFolder } from "./cache-folder.ts";

test("OVERSIGHT_CACHE, then XDG_CACHE_HOME, then ~/.cache", () => {
  expect(cacheFolder({ OVERSIGHT_CACHE: "/a", XDG_CACHE_HOME: "/b" })).toBe("/a");
  expect(cacheFolder({ XDG_CACHE_HOME: "/b" })).toBe("/b/oversight");
  expect(cacheFolder({ XDG_CACHE_HOME: "b" })).toBe(`${homedir()}/.cache/oversight`);
  expect(cacheFolder({})).toBe(`${homedir()}/.cache/oversight`);
});
