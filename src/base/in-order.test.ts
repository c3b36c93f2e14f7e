import fc from "fast-check";
import { expect, test } from "vitest";
import { inOrder } from "./in-order.ts";

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}

test("results keep the items' order and no more than `limit` run at once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(3)), fc.integer({ min: 1, max: 5 }), async (delays, limit) => {
      let running = 0;
      let most = 0;
      const results = await collect(
        inOrder(delays, limit, async (delay, index) => {
          most = Math.max(most, ++running);
          for (let turn = 0; turn < delay; turn++) await Promise.resolve();
          running--;
          return index;
        }),
      );
      expect(results).toEqual(delays.map((_, index) => index));
      expect(most).toBeLessThanOrEqual(limit);
    }),
  );
});

test("a failure is thrown in its turn, after the results before it", async () => {
  const seen: number[] = [];
  const run = async () => {
    const results = inOrder([0, 1, 2, 3], 4, async (item) => {
      if (item === 2) throw new Error("two");
      return item;
    });
    for await (const result of results) seen.push(result);
  };
  await expect(run()).rejects.toThrow("two");
  expect(seen).toEqual([0, 1]);
});
