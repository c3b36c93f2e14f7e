/** The flags of the commands that meet in a queue. */
import { type Command, Option } from "commander";
import { InputError } from "../../../base/errors.ts";
import type { RunQueue } from "../../../experiment/queue/run-queue.ts";
import { integer } from "../../flag-values.ts";

export interface QueueFlags {
  store?: string;
  heartbeat: string;
}

export function withQueueFlags(command: Command): Command {
  return command
    .option("--store <folder>", "an embedded database's folder, for one process at a time; DATABASE_URL without it")
    .addOption(new Option("--heartbeat <s>", "silence after which a worker counts as dead").default("60").hideHelp());
}

export const checkpointsFlag = [
  "--checkpoints <place>",
  "a folder that all machines share, or s3://bucket/prefix",
] as const;

/** @throws InputError when there is no database, or it cannot be used */
export async function withQueue<T>(
  flags: QueueFlags,
  use: (queue: RunQueue, heartbeat: number) => Promise<T>,
): Promise<T> {
  const { withRunQueue } = await import("../../../experiment/queue/with-queue.ts");
  const url = process.env.DATABASE_URL;
  if (flags.store === undefined && url === undefined)
    throw new InputError("no database for the queue: set DATABASE_URL=postgresql://…, or give --store FOLDER");
  const heartbeat = integer("--heartbeat", flags.heartbeat, 10);
  const place = flags.store !== undefined ? { folder: flags.store } : { url: url! };
  let last = "";
  const onError = ({ message }: Error) => {
    // While a database is away, the same is wrong again and again.
    if (message !== last) process.stderr.write(`the queue's database: ${message.split("\n")[0]}\n`);
    last = message;
  };
  return withRunQueue(place, { heartbeat, onError }, (queue) => use(queue, heartbeat));
}
