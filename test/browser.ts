/** Chromium for tests, where there is one. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const places = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Where Chromium is: `CHROMIUM`, else a usual place. Undefined where there is none. */
export const chromiumPath = places.find((path) => path !== undefined && path !== "" && existsSync(path));

/** What a test that needs it says when it is skipped. */
export const noChromium = "Chromium is not installed (CHROMIUM names another place)";

/** It asks nobody anything but the pages it is sent to. */
const quietly = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launchChromium(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error(noChromium);
  return chromium.launch({ executablePath: chromiumPath, args: quietly });
}
