/** One of the service's processes: it ends when told to, or when the one that started it is gone. */

import { AggregatorRegistry, Registry } from "prom-client";
import { InputError } from "../../base/errors.ts";
import { loadDetector } from "../load-detector.ts";
import { readKeys } from "./keys.ts";
import { type FromWorker, settingsVariable, type ToWorker, type WorkerSettings } from "./messages.ts";
import { makeService } from "./service.ts";

const tell = (message: FromWorker) => process.send!(message);

/** The primary puts the measures of all processes together. */
const asked = new Map<number, { resolve: (text: string) => void; reject: (error: Error) => void }>();
let questions = 0;
function gatherMetrics(): Promise<string> {
  const id = questions++;
  return new Promise((resolve, reject) => {
    asked.set(id, { resolve, reject });
    tell({ oversight: "metrics", id });
  });
}

async function run({ detector: source, host, port, threads, keys, limits }: WorkerSettings): Promise<void> {
  const detector = await loadDetector(source, { threads });
  const registry = new Registry();
  const service = await makeService({
    ...{ detector, limits, registry, gatherMetrics, log: process.stdout },
    keys: keys === undefined ? undefined : readKeys(keys),
    folder: /^https?:/i.test(source) ? undefined : source,
  });
  // What the primary will ask this process for.
  new AggregatorRegistry();
  AggregatorRegistry.setRegistries([registry]);
  process.on("message", async (message: ToWorker) => {
    if (message.oversight === "metrics") {
      const question = asked.get(message.id);
      asked.delete(message.id);
      if (message.text === undefined) question?.reject(new Error("the measures of the other processes do not come"));
      else question?.resolve(message.text);
    } else if (message.oversight === "stop") {
      await service.close();
      await detector.close();
      process.disconnect();
    }
  });
  await service.listen({ host, port });
}

// Ctrl-C goes to every process of the terminal; the primary alone says what is to be done.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
try {
  await run(JSON.parse(process.env[settingsVariable]!));
} catch (error) {
  const message = error instanceof InputError ? error.message : String((error as Error).stack ?? error);
  process.send!({ oversight: "failed", message } satisfies FromWorker, () => process.exit(1));
}
