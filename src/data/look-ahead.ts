/** Work done ahead of its use, bounded in number and in memory. */

/** Bytes that decoded images under way may take together, as far as the images seen tell. */
const memoryBudget = 512 * 2 ** 20;
/** As many as libuv has threads: fewer leave processors idle. */
const fewest = 4;

/**
 * Like `inOrder`, with fewer items under way where they are large: `work` tells how many bytes an item took while it
 * was worked on. Work that is under way when a result is handed out goes on in its threads while JavaScript is busy.
 * The first failure is thrown at its place in the order; work under way is then left to end.
 * @param most at least 4
 */
export async function* lookAhead<T, R extends { memory: number }>(
  items: Iterable<T>,
  most: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const underWay: Promise<R>[] = [];
  let largest = Number.POSITIVE_INFINITY;
  async function next(): Promise<R> {
    const result = await underWay.shift()!;
    largest = Number.isFinite(largest) ? Math.max(largest, result.memory) : result.memory;
    return result;
  }
  for (const item of items) {
    const result = work(item);
    // A failure is reported when its turn comes; until then it must not count as unhandled.
    result.catch(() => {});
    underWay.push(result);
    while (underWay.length >= Math.max(fewest, Math.min(most, memoryBudget / largest))) yield await next();
  }
  while (underWay.length > 0) yield await next();
}
