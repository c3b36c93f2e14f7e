/** The queue for as long as something is done with it. */
import { openStore, type Store, type StorePlace } from "../../store/index.ts";
import { RunQueue } from "./run-queue.ts";

type QueueOptions = Parameters<typeof RunQueue.open>[1];

/** @throws InputError when the database cannot be used */
export async function withRunQueue<T>(
  place: StorePlace,
  options: QueueOptions,
  use: (queue: RunQueue, store: Store) => Promise<T>,
): Promise<T> {
  const store = await openStore(place);
  try {
    const queue = await RunQueue.open(store, options);
    return await use(queue, store).finally(() => queue.close());
  } finally {
    await store.close();
  }
}
