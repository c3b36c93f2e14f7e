/** The detector's page in Chromium, from a plain file server under a sub-path: what is dropped is judged there. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Judgement } from "../../src/detector/detector.ts";
import { loadDetector, type NodeDetector } from "../../src/detector/load-detector.ts";
import { mapColor } from "../../src/vision/colormap.ts";
import { decodeImage } from "../../src/vision/decode.ts";
import { type Crop, middleSquare } from "../../web/detector/crop.ts";
import { chromiumPath, launchChromium, noChromium } from "../browser.ts";
import { type FileServer, serveFiles } from "./page-server.ts";
import { makeTinyDetector, picture } from "./tiny-detector.ts";

const builtPage = fileURLToPath(new URL("../../dist/web/detector/", import.meta.url));

interface GivenFile {
  name: string;
  type: string;
  content: Buffer;
}

/** A picture as a file. */
async function imageFile(
  format: "png" | "jpeg" | "webp",
  [width, height]: readonly [number, number],
  change: (image: sharp.Sharp) => sharp.Sharp = (image) => image,
): Promise<GivenFile> {
  const { data } = picture(width, height, width);
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  const content = await change(image).toFormat(format).toBuffer();
  return { name: `picture.${format}`, type: `image/${format}`, content };
}

/** As a person's hand lets it fall on the page. */
async function drop(page: Page, ...files: GivenFile[]): Promise<void> {
  const transfer = await page.evaluateHandle(
    (given) => {
      const data = new DataTransfer();
      for (const { name, type, bytes } of given) {
        data.items.add(new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name, { type }));
      }
      return data;
    },
    files.map(({ name, type, content }) => ({ name, type, bytes: content.toString("base64") })),
  );
  await page.dispatchEvent("main", "drop", { dataTransfer: transfer });
}

describe("the detector's page", () => {
  let folder: string;
  let detector: NodeDetector;
  let server: FileServer;
  let browser: Browser;
  let page: Page;
  /** Faults, and whatever the content security policy forbade. */
  let complaints: string[];
  let requests: string[];

  beforeAll(async () => {
    if (chromiumPath === undefined) return;
    folder = mkdtempSync(join(tmpdir(), "oversight-page-"));
    makeTinyDetector(folder, {
      operatingPoints: [{ fpr: 0.05, threshold: 0.4, tpr: { value: 0.5, low: 0.4, high: 0.6 } }],
      tests: [
        { name: "elsewhere", images: 600, auc: { value: 0.68, low: 0.63, high: 0.72 }, apcer: 0.363, bpcer: 0.358 },
      ],
    });
    detector = await loadDetector(folder, { threads: 1 });
    server = await serveFiles([builtPage, folder], "/some/where/");
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await detector?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async (context) => {
    if (chromiumPath === undefined) context.skip(noChromium);
    page = await newPage();
  });
  afterEach(() => page?.context().close());

  async function newPage(options: Parameters<Browser["newPage"]>[0] = {}): Promise<Page> {
    const opened = await browser.newPage({ viewport: { width: 1440, height: 900 }, ...options });
    complaints = [];
    requests = [];
    opened.on("pageerror", (error) => complaints.push(String(error)));
    opened.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    opened.context().on("request", (request) => requests.push(request.url()));
    return opened;
  }

  /** Opened, with the detector there. */
  async function open(): Promise<void> {
    await page.goto(`${server.origin}/some/where/`);
    await page.getByRole("heading", { level: 1, name: "Is it “Synthetic”?" }).waitFor();
  }

  const shownScore = () => page.locator(".score:not(.outdated) data");
  const readScore = async () => Number(await shownScore().getAttribute("value"));

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

  it("judges an image that is dropped as Node does, and shows where the evidence is", async () => {
    await open();
    const given = await imageFile("png", [160, 120]);
    await drop(page, given);
    const expected = await byNode(given);
    await shownScore().waitFor();
    expect(Math.abs((await readScore()) - expected.score)).toBeLessThan(1e-3);
    await page.getByText(`Called “${expected.verdict}”`).waitFor();
    await page.getByRole("status").getByText(`picture.png: score ${expected.score.toFixed(3)}`).waitFor({
      state: "attached",
    });

    // The map's most and least evident places have the ends of its colours.
    const { values, width, height } = expected.cam;
    for (const value of [1, 0]) {
      const cell = values.indexOf(value);
      const place = [((cell % width) + 0.5) / width, (Math.floor(cell / width) + 0.5) / height];
      const colour = await page.locator("canvas.map").evaluate((canvas: HTMLCanvasElement, [x, y]) => {
        const at = [Math.floor(x * canvas.width), Math.floor(y * canvas.height)] as const;
        return [...canvas.getContext("2d")!.getImageData(...at, 1, 1).data];
      }, place);
      const distance = Math.max(...mapColor(value).map((channel, index) => Math.abs(channel - colour[index])));
      expect(distance).toBeLessThan(12);
      expect(colour[3]).toBe(255);
    }
    const map = page.locator("canvas.map");
    const slider = page.getByRole("slider", { name: "Map over the image" });
    await slider.fill("0.8");
    expect(await map.evaluate((canvas) => getComputedStyle(canvas).opacity)).toBe("0.8");
    expect(complaints).toEqual([]);
  });
});
