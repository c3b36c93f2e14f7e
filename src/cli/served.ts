/**
 * `oversight` commands one after another in one process, as whoever started it orders them over a channel: see
 * src/experiment/command-line.ts. Each that succeeds is answered; after one that does not, the process ends as it would
 * have by itself, with that exit code.
 */
import type { Order } from "../experiment/command-line.ts";
import { execute, prepareProcess } from "./main.ts";

async function obey({ args, last }: Order): Promise<void> {
  await execute(args);
  if (!last && !process.exitCode && process.connected) return void process.send?.("done");
  process.off("message", obey);
  process.channel?.unref();
}

prepareProcess();
process.on("message", obey);
process.channel?.ref(); // waiting for an order is what it lives for
