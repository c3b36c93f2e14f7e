/** The mean class activation map of every run, strategies down and seeds across: one look tells whether runs look alike. */
import sharp from "sharp";
import type { ExperimentResults, RunCam } from "../../experiment/results/index.ts";
import { mapColor } from "../../vision/colormap.ts";
import { html, trustedHtml } from "../html.ts";
import { fontFamily, fontSize } from "../style.ts";

/** Side of a map in the figure, in SVG units, and in pixels of its picture. */
const [side, gap, picture] = [54, 4, 56];
const [rowHead, columnHead] = [112, 20];

/** Null where no run has a map of the class. */
export async function camGrid(results: ExperimentResults, network: string, label: string): Promise<string | null> {
  const runs = results.runs.filter((run) => run.network === network && run.missing === null);
  const camOf = (id: string) => results.cams.find((cam) => cam.run === id && cam.label === label);
  const shown = runs.flatMap((run) => {
    const cam = camOf(run.id);
    return cam === undefined ? [] : [{ ...run, map: cam.map }];
  });
  if (shown.length === 0) return null;
  const seeds = [...new Set(shown.map(({ seed }) => seed))];
  const arms = results.arms.map(({ name }) => name).filter((name) => shown.some(({ arm }) => arm === name));
  const [width, height] = [rowHead + seeds.length * (side + gap), columnHead + arms.length * (side + gap)];
  const images = await Promise.all(
    shown.map(async ({ arm, seed, name, map }) => {
      const [x, y] = [rowHead + seeds.indexOf(seed) * (side + gap), columnHead + arms.indexOf(arm) * (side + gap)];
      const data = (await mapPicture(map)).toString("base64");
      return html`<image x="${x}" y="${y}" width="${side}" height="${side}" href="data:image/png;base64,${data}"><title>${name}</title></image>`;
    }),
  );
  const texts = [
    ...seeds.map(
      (seed, i) => html`<text x="${rowHead + i * (side + gap) + side / 2}" y="14" text-anchor="middle">${seed}</text>`,
    ),
    html`<text x="${rowHead - 8}" y="14" text-anchor="end">seed</text>`,
    ...arms.map((arm, i) => {
      const y = columnHead + i * (side + gap) + side / 2 + 4;
      return html`<text x="${rowHead - 8}" y="${y}" text-anchor="end">${arm.length > 16 ? `${arm.slice(0, 15)}…` : arm}</text>`;
    }),
  ];
  const description = `Mean class activation maps of ${label}, ${network}: one row a strategy, one column a seed.`;
  return html`<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${description}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}" font-size="${fontSize}" fill="currentColor">${trustedHtml(
    [...images, ...texts].join(""),
  )}</svg>`.text;
}

/** Its values, not its colours, are drawn out: bilinearly, pixel centres on pixel centres. */
function mapPicture({ width, height, values }: RunCam["map"]): Promise<Buffer> {
  const at = (x: number, y: number) => values[y * width + x];
  const bytes = Buffer.alloc(picture * picture * 3);
  for (let row = 0; row < picture; row++)
    for (let column = 0; column < picture; column++) {
      const [left, right, across] = between(column, width);
      const [above, below, down] = between(row, height);
      const top = at(left, above) * (1 - across) + at(right, above) * across;
      const bottom = at(left, below) * (1 - across) + at(right, below) * across;
      bytes.set(mapColor(top * (1 - down) + bottom * down), (row * picture + column) * 3);
    }
  const raw = { width: picture, height: picture, channels: 3 } as const;
  return sharp(bytes, { raw }).png({ palette: true, compressionLevel: 9 }).toBuffer();
}

/** The two values between which the picture's pixel lies, and how near it is to the second. */
function between(pixel: number, count: number): [first: number, second: number, share: number] {
  const place = Math.min(Math.max(((pixel + 0.5) * count) / picture - 0.5, 0), count - 1);
  const first = Math.floor(place);
  return [first, Math.min(first + 1, count - 1), place - first];
}
