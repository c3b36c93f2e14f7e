/** One measurement of ours, in a process of its own, as the peer's are. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { OursResult, OursTask } from "./ours.ts";

const ours = fileURLToPath(new URL("./ours.js", import.meta.url));

/** @throws Error with what the process said, when it failed */
export async function runOurs(task: OursTask): Promise<OursResult> {
  const child = spawn(process.execPath, [ours, JSON.stringify(task)], { stdio: ["ignore", "pipe", "pipe"] });
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (code !== 0) throw new Error(`ours failed: ${errors.trim()}`);
  return JSON.parse(output.trim().split("\n").at(-1)!);
}
