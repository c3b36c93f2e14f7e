/** The pages' editor without a screen: the way back through strokes, and which part of an image is shown. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Stroke, strokeLimits, strokeSchema } from "../../src/study/contract/strokes.ts";
import {
  addStroke,
  clear,
  count,
  type Editing,
  isApart,
  limits,
  redo,
  resumeEditing,
  roomFor,
  toPoint,
  undo,
} from "../../web/participant/marking/editing.ts";
import {
  greatestScale,
  moved,
  type Place,
  showing,
  toFrame,
  toImage,
  type View,
  viewWith,
  wholeImage,
  zoomed,
} from "../../web/participant/marking/view.ts";

const strokeAt = (time: number, points = 1): Stroke => ({
  tool: "brush",
  radius: 0.05,
  pointer: "mouse",
  points: Array.from({ length: points }, (_, i) => [0.5, 0.5, time + i]),
});

describe("the way back", () => {
  it("takes back and does again, stroke by stroke, over both images", () => {
    let editing = resumeEditing();
    editing = addStroke(editing, "left", strokeAt(1));
    editing = addStroke(editing, "right", strokeAt(2));
    editing = addStroke(editing, "left", strokeAt(3));
    editing = undo(undo(editing));
    expect(editing.present).toEqual({ left: [strokeAt(1)], right: [] });
    expect(editing.undone).toBe(2);
    editing = redo(editing);
    expect(editing.present).toEqual({ left: [strokeAt(1)], right: [strokeAt(2)] });
    editing = addStroke(editing, "right", strokeAt(4));
    expect(redo(editing)).toBe(editing);
  });

  it("brings back what was cleared, which is no stroke taken back", () => {
    const drawn = addStroke(addStroke(resumeEditing(), "left", strokeAt(1)), "left", strokeAt(2));
    const cleared = clear(drawn, "left");
    expect(count(cleared.present)).toBe(0);
    expect(clear(cleared, "left")).toBe(cleared);
    expect(undo(cleared)).toMatchObject({ present: drawn.present, undone: 0 });
  });

  it("is there after a reload", () => {
    const resumed = resumeEditing({ left: [strokeAt(1), strokeAt(5)], right: [strokeAt(3)] }, 7);
    expect(undo(resumed).present).toEqual({ left: [strokeAt(1)], right: [strokeAt(3)] });
    expect(undo(undo(resumed)).present).toEqual({ left: [strokeAt(1)], right: [] });
    expect(resumed.undone).toBe(7);
  });

  it("any steps back and as many again change nothing", () => {
    const actions = fc.array(fc.constantFrom("left", "right", "clear-left", "clear-right", "undo", "redo"));
    fc.assert(
      fc.property(actions, fc.nat(10), (list, steps) => {
        let editing: Editing = resumeEditing();
        for (const [i, action] of list.entries()) {
          if (action === "undo") editing = undo(editing);
          else if (action === "redo") editing = redo(editing);
          else if (action === "left" || action === "right") editing = addStroke(editing, action, strokeAt(i));
          else editing = clear(editing, action === "clear-left" ? "left" : "right");
        }
        const back = Math.min(steps, editing.past.length);
        let other = editing;
        for (let i = 0; i < back; i++) other = undo(other);
        for (let i = 0; i < back; i++) other = redo(other);
        expect(other.present).toEqual(editing.present);
      }),
    );
  });
});

describe("what is kept of a line", () => {
  it("keeps to the contract's limits", () => {
    expect(limits).toEqual({
      pointsPerStroke: strokeLimits.pointsPerStroke,
      strokesPerImage: strokeLimits.strokesPerTrial,
      pointsPerImage: strokeLimits.pointsPerTrial,
      radius: strokeLimits.radius,
    });
    expect(roomFor([])).toBe(limits.pointsPerStroke);
    expect(roomFor(Array.from({ length: 4 }, () => strokeAt(0, 4_900)))).toBe(400);
    expect(roomFor(Array.from({ length: 4 }, () => strokeAt(0, 5_000)))).toBe(0);
    expect(roomFor(Array.from({ length: limits.strokesPerImage }, () => strokeAt(0)))).toBe(0);
  });

  it("lies within the image, as the contract has it, wherever the pointer is", () => {
    const any = fc.double({ noNaN: true, min: -10, max: 10 });
    fc.assert(
      fc.property(any, any, fc.double({ noNaN: true, min: -5, max: 1e6 }), (x, y, time) => {
        const stroke = { ...strokeAt(0), points: [toPoint(x, y, time)] };
        expect(strokeSchema.safeParse(stroke).success).toBe(true);
      }),
    );
    expect(toPoint(1.2, -0.1, 12.4)).toEqual([1, 0, 12]);
  });

  it("leaves out points that lie where the last one does, by one measure in both directions", () => {
    const last = toPoint(0.5, 0.5, 0);
    expect(isApart(last, toPoint(0.509, 0.5, 1), 2, 0.01)).toBe(false);
    expect(isApart(last, toPoint(0.511, 0.5, 1), 2, 0.01)).toBe(true);
    // The image is twice as high as wide.
    expect(isApart(last, toPoint(0.5, 0.506, 1), 2, 0.01)).toBe(true);
  });
});

describe("the part of an image that is shown", () => {
  const share = fc.double({ noNaN: true, min: 0, max: 1 });
  const place = fc.tuple(share, share);
  const anyView = fc
    .tuple(fc.double({ noNaN: true, min: 1, max: greatestScale }), place, place)
    .map(([scale, of, at]) => viewWith(scale, of, at));
  const near = ([ax, ay]: Place, [bx, by]: Place) => {
    expect(ax).toBeCloseTo(bx, 9);
    expect(ay).toBeCloseTo(by, 9);
  };
  const within = ({ scale, x, y }: View) => {
    expect(scale).toBeGreaterThanOrEqual(1);
    expect(scale).toBeLessThanOrEqual(greatestScale);
    for (const edge of [x, y]) {
      expect(edge).toBeGreaterThanOrEqual(0);
      expect(edge + 1 / scale).toBeLessThanOrEqual(1 + 1e-12);
    }
  };

  it("leads from frame to image and back", () => {
    fc.assert(fc.property(anyView, place, (view, at) => near(toFrame(view, toImage(view, at)), at)));
  });

  it("never leaves the image", () => {
    const factor = fc.double({ noNaN: true, min: 0.01, max: 100 });
    const step = fc.double({ noNaN: true, min: -3, max: 3 });
    fc.assert(
      fc.property(anyView, factor, place, step, step, (view, by, at, du, dv) => {
        within(zoomed(view, by, at));
        within(moved(view, du, dv));
        within(showing(view, at, 0.05));
      }),
    );
  });

  it("zooms around the pointer", () => {
    const view = zoomed(wholeImage, 4, [0.25, 0.75]);
    near(toImage(view, [0.25, 0.75]), [0.25, 0.75]);
    expect(view.scale).toBe(4);
    near([zoomed(view, 0.25, [0, 0]).x, zoomed(view, 0.25, [0, 0]).y], [0, 0]);
  });

  it("moves as little as is needed to show a place", () => {
    const view = viewWith(4, [0, 0], [0, 0]);
    expect(showing(view, [0.1, 0.1], 0.05)).toEqual(view);
    fc.assert(
      fc.property(anyView, place, (given, at) => {
        const [u, v] = toFrame(showing(given, at, 0.05), at);
        for (const shown of [u, v]) expect(Math.abs(shown - 0.5)).toBeLessThanOrEqual(0.5 + 1e-9);
      }),
    );
  });
});
