/** Sets up the browser and runs vitest with the arguments given to it; the last line is `N passed, N failed`, with `, N skipped` if any. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBrowser } from "./browser.mjs";
import { root } from "./places.mjs";

/** @param results as vitest's JSON reporter writes them, or undefined when it wrote none */
function count(results, vitestSucceeded) {
  const tests = (results?.testResults ?? []).flatMap((file) => file.assertionResults);
  const having = (status) => tests.filter((test) => test.status === status).length;
  const brokenFiles = (results?.testResults ?? []).filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  ).length;
  const passed = having("passed");
  const failed = having("failed") + brokenFiles;
  // An error outside of any test and file fails the run too.
  const outside = failed === 0 && passed > 0 && !vitestSucceeded ? 1 : 0;
  return { passed, failed: failed + outside, skipped: tests.length - passed - having("failed") };
}

ensureBrowser();
const folder = mkdtempSync(join(tmpdir(), "oversight-test-"));
try {
  const output = join(folder, "results.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${output}`];
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const { status, signal } = spawnSync(process.execPath, [vitest, "run", ...reporters, ...process.argv.slice(2)], {
    cwd: root,
    stdio: "inherit",
  });
  const results = existsSync(output) ? JSON.parse(readFileSync(output, "utf8")) : undefined;
  const { passed, failed, skipped } = count(results, status === 0);
  if (signal) console.error(`vitest was ended by ${signal}`);
  else if (passed + failed === 0) console.error("no test was run");
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
