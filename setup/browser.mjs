/** The browser that the pages are tested in. */
import { installByApt } from "./apt.mjs";
import { say, which } from "./shell.mjs";

const names = ["chromium", "chromium-browser", "google-chrome"];

function findBrowser() {
  return process.env.CHROMIUM || names.map(which).find(Boolean);
}

/** Tests that need a browser skip themselves where there is none. */
export function ensureBrowser() {
  if (findBrowser() || installByApt("chromium", "no browser found for the tests of pages")) return;
  say("tests of pages will be skipped: install Chromium, or set CHROMIUM to its path");
}
