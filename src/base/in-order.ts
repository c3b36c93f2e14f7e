/** Work on many items at once, results one after the other. */

/**
 * Runs `work` on up to `limit` items at a time and yields the results in the items' order. Items are drawn as results
 * are taken, so at most `limit` results wait in memory. The first failure is thrown at its place in the order; when the
 * consumer stops early, work already begun is left to end and its results are dropped.
 */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const running: Promise<R>[] = [];
  let index = 0;
  for (const item of items) {
    const result = work(item, index++);
    // A failure is reported when its turn comes; until then it must not count as unhandled.
    result.catch(() => {});
    running.push(result);
    if (running.length >= limit) yield await running.shift()!;
  }
  for (const result of running) yield await result;
}
