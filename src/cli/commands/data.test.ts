import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { InputError } from "../../base/errors.ts";
import { dataCommand } from "./data.ts";

let folder: string;
let printed: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "data-command-"));
  mkdirSync(join(folder, "images"));
  for (const [i, shade] of [10, 80, 150, 220].entries()) {
    const image = sharp({ create: { width: 8, height: 8, channels: 3, background: { r: shade, g: 0, b: 0 } } });
    await image.toFile(join(folder, "images", `${i}.png`));
  }
  writeFileSync(join(folder, "m.csv"), "train,A,/0.png\ntrain,B,/1.png\ntest,A,/2.png\ntest,B,/3.png\n");
  printed = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const run = (...args: string[]) =>
  dataCommand().parseAsync(["check", join(folder, "m.csv"), ...args], { from: "user" });

test("nothing harmful: exit code 0", async () => {
  await run("--image-root", join(folder, "images"));
  expect(process.exitCode).toBe(0);
  expect(printed).toContain("Nothing harmful found.");
});

test("images that are not there: exit code 1", async () => {
  await run();
  expect(process.exitCode).toBe(1);
  expect(printed).toContain("images that cannot be read: 4");
});

test("--json", async () => {
  await run("--image-root", join(folder, "images"), "--json", "--classes", "B,A");
  expect(JSON.parse(printed)).toMatchObject({ classes: ["B", "A"], images: 4, unreadable: [], untrainable: null });
});

test("a manifest that cannot be used: nothing is printed", async () => {
  await expect(run("--classes", "A,C")).rejects.toThrow(InputError);
  expect(printed).toBe("");
});
