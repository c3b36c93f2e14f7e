/** The very part that was judged, with the map of the evidence laid over it. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Cam, DetectorFile } from "../../src/detector/browser.ts";
import { defaultOpacity, overlayPixels } from "../../src/detector/overlay.ts";
import type { Crop, Size } from "./crop.ts";
import type { Judged } from "./judge.ts";
import type { Picture } from "./use-pictures.ts";
import { percent, quoted } from "./words.ts";

interface Props {
  picture: Picture;
  judged: Judged;
  about: DetectorFile;
}

export function JudgedPart({ picture, judged, about }: Props) {
  const { crop, judgement } = judged;
  const [opacity, setOpacity] = useState(defaultOpacity);
  const part = useRef<HTMLCanvasElement>(null);
  const map = useRef<HTMLCanvasElement>(null);
  useEffect(() => paintPart(part.current!, picture.url, crop), [picture.url, crop]);
  useEffect(() => paintMap(map.current!, judgement.cam, crop), [judgement, crop]);
  const id = useId();
  const positive = quoted(about.positive);
  const flat = judgement.cam.values.every((value) => value === 0);
  return (
    <figure class="judged-part">
      <div class="stage" style={{ "--ratio": String(crop.width / crop.height) }}>
        <canvas ref={part} role="img" aria-label={`The part that was judged: ${crop.width} × ${crop.height} pixels`} />
        <canvas ref={map} class="map" role="img" aria-label={mapWords(judgement.cam, positive)} style={{ opacity }} />
      </div>
      <figcaption>
        <div class="opacity">
          <label for={id}>Map over the image</label>
          <input
            id={id}
            type="range"
            min={0}
            max={1}
            step={0.05}
            value={opacity}
            aria-valuetext={percent(opacity)}
            onInput={({ currentTarget }) => setOpacity(currentTarget.valueAsNumber)}
          />
        </div>
        {flat ? (
          <p class="soft">The map has no shape: no place speaks more for {positive} than another.</p>
        ) : (
          <p class="legend">
            least <i class="scale" /> <span>most evidence for {positive}</span>
          </p>
        )}
      </figcaption>
    </figure>
  );
}

/** Where the map is greatest, for who cannot see it. */
function mapWords({ width, height, values }: Cam, positive: string): string {
  const at = values.indexOf(Math.max(...values));
  const third = (place: number, words: readonly [string, string, string]) => words[Math.min(2, Math.floor(3 * place))];
  const across = third(((at % width) + 0.5) / width, ["left", "middle", "right"]);
  const down = third((Math.floor(at / width) + 0.5) / height, ["top", "middle", "bottom"]);
  const place = across === down ? "middle" : `${down} ${across}`;
  return `Map of the evidence for ${positive}; most of it at the ${place}`;
}

/** As large as the page ever shows it, pixels; the map has a few cells and needs less. */
const mostShown = 1200;
const mapSide = 400;

function shownSize({ width, height }: Size, most: number): Size {
  const scale = Math.min(1, most / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** @returns what gives up the painting */
function paintPart(canvas: HTMLCanvasElement, url: string, crop: Crop): () => void {
  let wanted = true;
  const image = new Image();
  image.onload = () => {
    if (!wanted) return;
    const { width, height } = Object.assign(canvas, shownSize(crop, mostShown));
    const context = canvas.getContext("2d")!;
    // As it was judged: what is transparent is white.
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = "high";
    context.drawImage(image, crop.left, crop.top, crop.width, crop.height, 0, 0, width, height);
  };
  image.src = url;
  return () => {
    wanted = false;
  };
}

function paintMap(canvas: HTMLCanvasElement, cam: Cam, crop: Crop): void {
  const scale = mapSide / Math.max(crop.width, crop.height);
  const width = Math.max(1, Math.round(crop.width * scale));
  const height = Math.max(1, Math.round(crop.height * scale));
  Object.assign(canvas, { width, height });
  const { data } = overlayPixels({ width, height, data: new Uint8Array(width * height * 3) }, cam, 1);
  const context = canvas.getContext("2d")!;
  const shown = context.createImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    shown.data.set(data.subarray(pixel * 3, pixel * 3 + 3), pixel * 4);
    shown.data[pixel * 4 + 3] = 255;
  }
  context.putImageData(shown, 0, 0);
}
