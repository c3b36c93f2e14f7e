/**
 * The detector's page in Chromium, as `oversight page` writes it, from a plain file server under a sub-path: what is
 * dropped is judged there.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Judgement } from "../../src/detector/detector.ts";
import { loadDetector, type NodeDetector } from "../../src/detector/load-detector.ts";
import { builtPage, writePageFolder } from "../../src/detector/page-folder.ts";
import { mapColor } from "../../src/vision/colormap.ts";
import { decodeImage } from "../../src/vision/decode.ts";
import { type Crop, middleSquare } from "../../web/detector/crop.ts";
import { chromiumPath, launchChromium, noChromium } from "../browser.ts";
import { type FileServer, serveFiles } from "./page-server.ts";
import { makeTinyDetector, picture } from "./tiny-detector.ts";

/** Real photographs, where a checkout has them. */
const photographs = process.env.OVERSIGHT_PHOTOGRAPHS;

interface GivenFile {
  name: string;
  type: string;
  content: Buffer;
}

/** A picture as a file. */
async function imageFile(
  format: "png" | "jpeg" | "webp",
  [width, height]: readonly [number, number],
  change: (image: Sharp) => Sharp = (image) => image,
): Promise<GivenFile> {
  const { data } = picture(width, height, width);
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  const content = await change(image).toFormat(format).toBuffer();
  return { name: `${width}x${height}.${format}`, type: `image/${format}`, content };
}

/** Half transparent from the left to the right. */
function fading(image: Sharp, [width, height]: readonly [number, number]): Sharp {
  const alpha = Buffer.from(Array.from({ length: width * height }, (_, at) => ((at % width) / width) * 255));
  return image.joinChannel(alpha, { raw: { width, height, channels: 1 } });
}

/** As a person's hand lets it fall on the page. */
async function drop(page: Page, ...files: GivenFile[]): Promise<void> {
  const given = files.map(({ name, type, content }) => ({ name, type, bytes: content.toString("base64") }));
  const transfer = await page.evaluateHandle(`(() => {
    const data = new DataTransfer();
    for (const { name, type, bytes } of ${JSON.stringify(given)}) {
      data.items.add(new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name, { type }));
    }
    return data;
  })()`);
  await page.dispatchEvent("main", "drop", { dataTransfer: transfer });
}

describe("the detector's page", () => {
  let folder: string;
  let detector: NodeDetector;
  let server: FileServer;
  let browser: Browser;
  /** Of most tests: the detector is loaded once. */
  let page: Page;
  /** Faults, and whatever the content security policy forbade. */
  const complaints: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    if (chromiumPath === undefined) return;
    folder = mkdtempSync(join(tmpdir(), "oversight-page-"));
    makeTinyDetector(folder, {
      framing: "a face from ear to ear",
      operatingPoints: [{ fpr: 0.05, threshold: 0.4, tpr: { value: 0.5, low: 0.4, high: 0.6 } }],
      tests: [
        { name: "elsewhere", images: 600, auc: { value: 0.68, low: 0.63, high: 0.72 }, apcer: 0.363, bpcer: 0.358 },
      ],
    });
    detector = await loadDetector(folder, { threads: 1 });
    await writePageFolder(folder, join(folder, "page"));
    server = await serveFiles([join(folder, "page")], "/some/where/");
    browser = await launchChromium();
    page = await newPage();
    await page.goto(`${server.origin}/some/where/`);
    await title(page).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await detector?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async (context) => {
    if (chromiumPath === undefined) return context.skip(noChromium);
    complaints.length = 0;
    while ((await page.getByRole("button", { name: "Remove" }).count()) > 0)
      await page.getByRole("button", { name: "Remove" }).click();
  });

  async function newPage(options: Parameters<Browser["newPage"]>[0] = {}): Promise<Page> {
    const opened = await browser.newPage({ viewport: { width: 1440, height: 900 }, ...options });
    opened.setDefaultTimeout(100_000);
    opened.on("pageerror", (error) => complaints.push(String(error)));
    opened.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    opened.context().on("request", (request) => requests.push(request.url()));
    return opened;
  }

  const title = (of: Page) => of.getByRole("heading", { level: 1, name: "Is it “Synthetic”?" });
  const score = (of: Page) => of.locator(".score:not(.outdated) data");
  const readScore = async (of = page) => Number(await score(of).getAttribute("value"));
  const frame = () => page.getByRole("application", { name: "Frame around what is judged" });

  /** What Node's runtime says of the same part of the same file. */
  async function byNode({ content, name }: GivenFile, crop?: Crop): Promise<Judgement> {
    const image = await decodeImage(content, { name });
    const { left, top, width, height } = crop ?? middleSquare(image);
    const data = new Uint8Array(width * height * 3);
    for (let row = 0; row < height; row++) {
      const from = ((top + row) * image.width + left) * 3;
      data.set(image.data.subarray(from, from + width * 3), row * width * 3);
    }
    return (await detector.score([{ width, height, data }]))[0];
  }

  /** The frame, as its name tells it. */
  async function readFrame(): Promise<Crop> {
    const words = (await frame().getAttribute("aria-label"))!;
    const [, width, height, left, top] = /: (\d+) × (\d+) pixels, (\d+) from the left, (\d+)/.exec(words)!.map(Number);
    return { left, top, width, height };
  }

  it("judges an image that is dropped as Node does, and shows where the evidence is", async () => {
    const given = await imageFile("png", [160, 120]);
    await drop(page, given);
    const expected = await byNode(given);
    await score(page).waitFor();
    expect(Math.abs((await readScore()) - expected.score)).toBeLessThan(1e-3);
    await page.getByText(`Called “${expected.verdict}”`).waitFor();
    const told = page.getByRole("status").getByText(`160x120.png: score ${expected.score.toFixed(3)}`);
    await told.waitFor({ state: "attached" });
    await page.getByText("missed 36 % of the “Synthetic” ones").waitFor();
    await page.getByText("Frame it as the training images were: a face from ear to ear.").waitFor();

    // The map's most and least evident places have the ends of its colours.
    const { values, width, height } = expected.cam;
    for (const value of [1, 0]) {
      const cell = values.indexOf(value);
      const [x, y] = [((cell % width) + 0.5) / width, (Math.floor(cell / width) + 0.5) / height];
      const colour = await page.evaluate<number[]>(`(() => {
        const canvas = document.querySelector("canvas.map");
        const place = [Math.floor(${x} * canvas.width), Math.floor(${y} * canvas.height)];
        return [...canvas.getContext("2d").getImageData(...place, 1, 1).data];
      })()`);
      const [red, green, blue] = mapColor(value);
      for (const [channel, wanted] of [red, green, blue, 255].entries())
        expect(Math.abs(colour[channel] - wanted)).toBeLessThan(12);
    }
    await page.getByRole("slider", { name: "Map over the image" }).fill("0.8");
    await expect
      .poll(() => page.evaluate('getComputedStyle(document.querySelector("canvas.map")).opacity'))
      .toBe("0.8");
    expect(complaints).toEqual([]);
  });

  it("decodes as Node does: turned, transparent, and larger than a canvas' tile", async () => {
    const files = [
      await imageFile("jpeg", [90, 140], (image) => image.withMetadata({ orientation: 6 })),
      await imageFile("webp", [150, 100]),
      await imageFile("png", [120, 90], (image) => fading(image, [120, 90])),
      await imageFile("png", [70, 71], (image) => image.resize(2100, 2130, { kernel: "nearest" })),
    ];
    await drop(page, ...files);
    for (const given of files) {
      await page.getByRole("list", { name: "Images" }).getByText(given.name).click();
      await page.getByRole("heading", { level: 2, name: given.name }).waitFor();
      await score(page).waitFor();
      expect(Math.abs((await readScore()) - (await byNode(given)).score), given.name).toBeLessThan(1e-3);
    }
    expect(complaints).toEqual([]);
  });

  it("judges the part that is framed by keys, by pointer and by numbers", async () => {
    const given = await imageFile("png", [300, 200]);
    await drop(page, given);
    await score(page).waitFor();
    const judgedAs = async (crop: Crop) => {
      const expected = (await byNode(given, crop)).score;
      await expect.poll(() => readScore(), { timeout: 20_000 }).toBeCloseTo(expected, 3);
    };
    await frame().focus();
    for (const key of ["ArrowLeft", "-", "-", "-", "ArrowDown"]) await page.keyboard.press(key);
    // Three steps smaller about the middle, then one down.
    await expect.poll(async () => (await readFrame()).top).toBeGreaterThan(14);
    const byKeys = await readFrame();
    expect(byKeys.width).toBe(byKeys.height);
    expect(byKeys.width).toBeLessThan(200);
    await judgedAs(byKeys);

    const box = (await page.locator(".frame-tool .stage").boundingBox())!;
    const corner = (await page.locator(".corner.se").boundingBox())!;
    await page.mouse.move(corner.x + corner.width - 4, corner.y + corner.height - 4);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.5, { steps: 4 });
    await page.mouse.up();
    await expect.poll(async () => (await readFrame()).width).toBeLessThan(byKeys.width - 20);
    const byPointer = await readFrame();
    expect(byPointer).toMatchObject({ left: byKeys.left, top: byKeys.top });
    await judgedAs(byPointer);

    await page.getByText("Place the frame by numbers").click();
    await page.getByRole("spinbutton", { name: "From the left" }).fill("37");
    await page.keyboard.press("Enter");
    await expect.poll(readFrame).toEqual({ ...byPointer, left: 37 });
    await judgedAs({ ...byPointer, left: 37 });

    await page.getByRole("button", { name: "Whole image" }).click();
    await expect.poll(readFrame).toEqual({ left: 0, top: 0, width: 300, height: 200 });
    await judgedAs({ left: 0, top: 0, width: 300, height: 200 });
    expect(complaints).toEqual([]);
  });

  it("says in plain words what it cannot judge, and goes on with the rest", async () => {
    const good = await imageFile("png", [64, 64]);
    const large = await sharp({ create: { width: 10_500, height: 10_000, channels: 3, background: "#777" } })
      .png({ compressionLevel: 9 })
      .toBuffer();
    const damaged = (await imageFile("png", [64, 65])).content.fill(0, 60, 400);
    const drawing = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    const files: [string, string, Buffer, RegExp][] = [
      ["notes.txt", "text/plain", Buffer.from("no image"), /not an image that the browser can read/],
      ["empty.png", "image/png", Buffer.alloc(0), /The file is empty/],
      ["large.png", "image/png", large, /105 megapixels; 100 are the most/],
      ["damaged.png", "image/png", damaged, /cannot decode this image|not an image/],
      ["drawing.svg", "image/svg+xml", drawing, /a drawing \(SVG\)/],
    ];
    await drop(page, ...files.map(([name, type, content]) => ({ name, type, content })), good);
    for (const [name, , , words] of files) {
      await page.getByRole("list", { name: "Images" }).getByText(name).click();
      await page.locator(".chosen").getByText(words).waitFor();
      await page.getByRole("status").getByText(words).waitFor({ state: "attached" });
    }
    await page.getByRole("list", { name: "Images" }).getByText(good.name).click();
    await score(page).waitFor();
    await page.dispatchEvent("main", "drop", { dataTransfer: await page.evaluateHandle("new DataTransfer()") });
    await page.getByRole("alert").getByText("There was no image file in that").waitFor();
  });

  it("asks nobody else, and after loading nobody at all", async () => {
    expect(
      requests.filter((url) => !url.startsWith(`${server.origin}/some/where/`) && !url.startsWith("blob:")),
    ).toEqual([]);
    expect(requests.some((url) => url.endsWith("/some/where/model.onnx"))).toBe(true);
    requests.length = 0;
    await page.context().setOffline(true);
    try {
      const given = await imageFile("jpeg", [111, 95]);
      await drop(page, given);
      await score(page).waitFor();
      expect(Math.abs((await readScore()) - (await byNode(given)).score)).toBeLessThan(1e-3);
      expect(requests.filter((url) => !url.startsWith("blob:"))).toEqual([]);
    } finally {
      await page.context().setOffline(false);
    }
    expect(complaints).toEqual([]);
  });

  it("fits a narrow phone and text of twice the size, and every control has a name", async () => {
    await drop(page, await imageFile("png", [200, 150]), await imageFile("png", [150, 200]));
    await score(page).waitFor();
    await page.getByText("About this detector").click();
    for (const [width, textSize] of [
      [360, "100%"],
      [360, "200%"],
      [2560, "100%"],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.evaluate(`document.documentElement.style.fontSize = "${textSize}"`);
      const overhang = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      expect(overhang, `${width} px, text of ${textSize}`).toBeLessThanOrEqual(0);
    }
    await page.evaluate('document.documentElement.style.fontSize = ""');
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByText("About this detector").click();
    for (const role of ["button", "slider", "checkbox", "spinbutton"] as const) {
      const all = await page.getByRole(role).count();
      expect(all, role).toBe(await page.getByRole(role, { name: /./ }).count());
    }
  });

  it("says what is missing beside it, and loads it at the next attempt", async () => {
    const empty = mkdtempSync(join(folder, "without-"));
    const bare = await serveFiles([builtPage, empty], "/");
    const other = await newPage();
    try {
      await other.goto(bare.origin);
      await other.getByRole("alert").getByText("detector.json: the server answers 404").waitFor();
      await drop(other, await imageFile("png", [64, 64]));
      makeTinyDetector(empty);
      await other.getByRole("button", { name: "Try again" }).click();
      await score(other).waitFor();
    } finally {
      await other.close();
      await bare.close();
    }
  });

  it("uses threads where the server isolates the page", async () => {
    const isolating = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
    const isolated = await serveFiles([builtPage, folder], "/", isolating);
    const other = await newPage();
    try {
      await other.goto(isolated.origin);
      await title(other).waitFor();
      expect(await other.evaluate("crossOriginIsolated")).toBe(true);
      const given = await imageFile("png", [160, 120]);
      await drop(other, given);
      await score(other).waitFor();
      expect(Math.abs((await readScore(other)) - (await byNode(given)).score)).toBeLessThan(1e-3);
      expect(complaints).toEqual([]);
    } finally {
      await other.close();
      await isolated.close();
    }
  });

  it("judges real photographs as Node does", async (context) => {
    if (photographs === undefined || !existsSync(photographs))
      return context.skip("OVERSIGHT_PHOTOGRAPHS names no folder of JPEG files");
    const names = readdirSync(photographs).filter((name) => name.endsWith(".jpg"));
    for (const name of names.slice(0, 8)) {
      const given = { name, type: "image/jpeg", content: readFileSync(join(photographs, name)) };
      await drop(page, given);
      await page.getByRole("heading", { level: 2, name }).waitFor();
      await score(page).waitFor();
      expect(Math.abs((await readScore()) - (await byNode(given)).score), name).toBeLessThan(1e-3);
    }
  });
});
