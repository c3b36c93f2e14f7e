/** The convex hull of points, by Andrew's monotone chain (1979). Pure. */

export type Point = readonly [x: number, y: number];

/** Corners once around; points on a side are no corners. Of fewer than three different points the points themselves. */
export function convexHull(points: readonly Point[]): Point[] {
  const sorted = points.toSorted(([ax, ay], [bx, by]) => ax - bx || ay - by);
  const distinct = sorted.filter(([x, y], i) => i === 0 || x !== sorted[i - 1][0] || y !== sorted[i - 1][1]);
  if (distinct.length < 3) return distinct;
  return [...half(distinct), ...half(distinct.toReversed())];
}

/** One side of the hull, without its last corner, which is the other side's first. */
function half(points: readonly Point[]): Point[] {
  const chain: Point[] = [];
  for (const point of points) {
    while (chain.length >= 2 && turn(chain.at(-2)!, chain.at(-1)!, point) <= 0) chain.pop();
    chain.push(point);
  }
  return chain.slice(0, -1);
}

/** Greater than 0 where the way a → b → c turns from the x axis towards the y axis. */
function turn(a: Point, b: Point, c: Point): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}
