import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { tensor } from "../torch/create.ts";
import { resizeBilinear } from "../torch/functional.ts";
import { liveTensorCount } from "../torch/modes.ts";
import { scope } from "../torch/scope.ts";
import { decodeImage } from "./decode.ts";
import { resizePlane, resizeRgb } from "./resize.ts";

const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));
const photographs = fileURLToPath(new URL("../../../shared/data/gaze/osie/images/", import.meta.url));
const python = "/usr/bin/python3";
const folder = mkdtempSync(join(tmpdir(), "resize-"));
afterAll(() => rmSync(folder, { recursive: true }));

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index])), 0);
}

test.each(readdirSync(fixtures).filter((file) => file.startsWith("resized-")))(
  "within one grey level of Pillow: %s",
  async (file) => {
    const theirs = await decodeImage(join(fixtures, file));
    const ours = resizeRgb(await decodeImage(join(fixtures, "scene.png")), theirs.width, theirs.height);
    expect({ width: ours.width, height: ours.height }).toEqual({ width: theirs.width, height: theirs.height });
    expect(largestDifference(ours.data, theirs.data)).toBeLessThanOrEqual(1);
  },
);

function hasPillow(): boolean {
  try {
    execFileSync(python, ["-c", "import PIL.Image"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const canCompare = existsSync(photographs) && hasPillow();
test.skipIf(!canCompare)(
  "within one grey level of Pillow on photographs (needs ../shared/data and Pillow)",
  async () => {
    const script = `import sys
from PIL import Image
for path in sys.argv[2:]:
    image = Image.open(path).convert("RGB")
    image.save(sys.argv[1] + "/full.png")
    for w, h in ((224, 224), (299, 299), (640, 333), (20, 500)):
        open(sys.argv[1] + "/%s-%d-%d" % (path.split("/")[-1], w, h), "wb").write(image.resize((w, h), Image.BILINEAR).tobytes())
    open(sys.argv[1] + "/" + path.split("/")[-1], "wb").write(image.tobytes())`;
    const files = readdirSync(photographs).slice(0, 6);
    execFileSync(python, ["-c", script, folder, ...files.map((file) => join(photographs, file))]);
    for (const file of files) {
      const { width, height } = await decodeImage(join(photographs, file));
      // Pillow's own pixels: two JPEG decoders may differ, and that is not what is tested here.
      const image = { width, height, data: new Uint8Array(readFileSync(join(folder, file))) };
      for (const result of readdirSync(folder).filter((name) => name.startsWith(`${file}-`))) {
        const [w, h] = result.split("-").slice(1).map(Number);
        const theirs = new Uint8Array(readFileSync(join(folder, result)));
        expect(largestDifference(resizeRgb(image, w, h).data, theirs)).toBeLessThanOrEqual(1);
      }
    }
  },
);

const size = fc.integer({ min: 1, max: 40 });
test("a constant image stays constant, at any size; a plane is resized as a channel is", () => {
  fc.assert(
    fc.property(size, size, size, size, fc.integer({ min: 0, max: 255 }), (width, height, w, h, grey) => {
      const image = { width, height, data: new Uint8Array(width * height * 3).fill(grey) };
      expect(new Set(resizeRgb(image, w, h).data)).toEqual(new Set([grey]));
    }),
  );
  fc.assert(
    fc.property(size, size, size, size, fc.infiniteStream(fc.nat(255)), (width, height, w, h, noise) => {
      const plane = Uint8Array.from({ length: width * height }, () => noise.next().value);
      const data = Uint8Array.from({ length: plane.length * 3 }, (_, index) => plane[Math.floor(index / 3)]);
      const rgb = resizeRgb({ width, height, data }, w, h).data;
      const alone = resizePlane({ width, height, values: Float32Array.from(plane) }, w, h);
      expect(alone).toEqual(rgb.filter((_, index) => index % 3 === 0));
    }),
  );
});

test("a large image, narrowed band by band, comes out as if resized at once", () => {
  const [width, height] = [701, 1101];
  const data = Uint8Array.from({ length: width * height * 3 }, (_, index) => (index * 7919) >> 3);
  for (const [w, h] of [
    [64, 48],
    [900, 1200],
  ]) {
    const whole = scope(() => {
      const planes = tensor(data, [1, height, width, 3]).permute(0, 3, 1, 2).to("float32");
      const resized = resizeBilinear(planes, h, w).round().clamp(0, 255).to("uint8");
      return resized.permute(0, 2, 3, 1).contiguous().bytes();
    });
    expect(largestDifference(resizeRgb({ width, height, data }, w, h).data, whole)).toBe(0);
  }
});

test("nothing is left in native memory, and the same size is the same image", () => {
  const image = { width: 5, height: 4, data: new Uint8Array(60) };
  const before = liveTensorCount();
  resizeRgb(image, 9, 9);
  expect(liveTensorCount()).toBe(before);
  expect(resizeRgb(image, 5, 4)).toBe(image);
});
