import { setTimeout } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { lookAhead } from "./look-ahead.ts";

test("hands results out in the items' order, with never more under way than allowed", async () => {
  const items = fc.array(
    fc.record({ delay: fc.integer({ min: 0, max: 5 }), memory: fc.integer({ min: 1, max: 100 }) }),
  );
  await fc.assert(
    fc.asyncProperty(items, fc.integer({ min: 4, max: 9 }), async (given, most) => {
      let underWay = 0;
      let greatest = 0;
      const seen: unknown[] = [];
      const work = async (item: (typeof given)[number]) => {
        greatest = Math.max(greatest, ++underWay);
        await setTimeout(item.delay);
        underWay -= 1;
        return { item, memory: item.memory };
      };
      for await (const { item } of lookAhead(given, most, work)) seen.push(item);
      expect(seen).toEqual(given);
      expect(greatest).toBeLessThanOrEqual(most);
    }),
    { numRuns: 50 },
  );
});

test("while the consumer holds a result, the following ones are under way", async () => {
  let begun = 0;
  const work = async (item: number) => ({ item, begun: ++begun, memory: 1 });
  const ahead: number[] = [];
  for await (const { item } of lookAhead(Array(100).keys(), 10, work)) ahead.push(begun - item - 1);
  expect(ahead.slice(1, 90).every((count) => count === 9)).toBe(true);
});

test("large items are worked on four at a time", async () => {
  let begun = 0;
  const work = async (item: number) => ({ item, begun: ++begun, memory: 400 * 2 ** 20 });
  for await (const { item } of lookAhead(Array(30).keys(), 100, work)) expect(begun - item).toBeLessThanOrEqual(4);
});

test("the first failure comes at its place, later ones are not unhandled", async () => {
  const seen: number[] = [];
  const work = async (item: number) => {
    if (item >= 3) throw new Error(`failed ${item}`);
    return { item, memory: 1 };
  };
  const run = async () => {
    for await (const { item } of lookAhead(Array(20).keys(), 8, work)) seen.push(item);
  };
  await expect(run()).rejects.toThrow("failed 3");
  expect(seen).toEqual([0, 1, 2]);
});
