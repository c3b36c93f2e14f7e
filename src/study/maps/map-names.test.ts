import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mapNames } from "./map-names.ts";

describe("mapNames", () => {
  it("names maps as their images, with folders only where names are shared", () => {
    expect(mapNames(["a/1.png", "b/2.jpg"])).toEqual(["1.png", "2.png"]);
    expect(mapNames(["a/1.png", "b/1.jpg", "b/2.jpg"])).toEqual(["a/1.png", "b/1.png", "2.png"]);
    expect(mapNames(["a/1.png", "a/1.jpg"])).toEqual(["a/1.png.png", "a/1.jpg.png"]);
    expect(mapNames(["a/X.png", "b/x.png"])).toEqual(["a/X.png", "b/x.png"]);
    expect(mapNames(["1.jpg", "1.gif", "1.jpg.tif"])).toEqual(["1.jpg.png", "1.gif.png", "1.jpg.tif.png"]);
  });

  it("gives each image a name of its own", () => {
    const path = fc
      .tuple(fc.constantFrom("", "a/", "b/", "A/"), fc.constantFrom("1", "2", "1.jpg"), fc.constantFrom(".jpg", ".png"))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.uniqueArray(path, { selector: (name) => name.toLowerCase() }), (paths) => {
        const names = mapNames(paths).map((name) => name.toLowerCase());
        expect(new Set(names).size).toBe(paths.length);
      }),
    );
  });
});
