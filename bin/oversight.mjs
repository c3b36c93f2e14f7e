#!/usr/bin/env node
/** The `oversight` command: sees that it can run, then hands over to src/cli/main.ts as compiled into dist/. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { nodeComplaint } from "../setup/node-version.mjs";

const main = new URL("../dist/cli/main.js", import.meta.url);
const complaint =
  nodeComplaint() ??
  (existsSync(main)
    ? undefined
    : `not set up yet: run \`npm run setup\` in ${fileURLToPath(new URL("..", import.meta.url))}`);

if (complaint === undefined) {
  const { runCommandLine } = await import(main.href);
  await runCommandLine(process.argv.slice(2));
} else {
  console.error(`oversight: ${complaint}`);
  process.exitCode = 2;
}
