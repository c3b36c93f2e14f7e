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

function takeMetrics(id: number, text: string | undefined): void {
  const question = asked.get(id);
  asked.delete(id);
  if (text === undefined) question?.reject(new Error("the measures of the other processes do not come"));
  else question?.resolve(text);
}

/** Before there is a service, there is nothing to end. */
let stop = async () => {};
process.on("message", async (message: ToWorker) => {
  if (message.oversight === "metrics") takeMetrics(message.id, message.text);
  else if (message.oversight === "stop") {
    await stop();
    process.exit(0);
  }
});

async function run({ detector: source, host, port, threads, keys, limits }: WorkerSettings): Promise<void> {
  // Another process takes the place of one that can judge no more.
  const onFailure = (error: Error) => {
    process.stderr.write(`an inference thread failed: ${error.message}\n`);
    process.exit(1);
  };
  const detector = await loadDetector(source, { threads, onFailure });
  const registry = new Registry();
  const service = await makeService({
    ...{ detector, limits, registry, gatherMetrics, log: process.stdout },
    keys: keys === undefined ? undefined : readKeys(keys),
    folder: /^https?:/i.test(source) ? undefined : source,
  });
  // What the primary will ask this process for.
  new AggregatorRegistry();
  AggregatorRegistry.setRegistries([registry]);
  stop = async () => {
    await service.close();
    await detector.close();
  };
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
