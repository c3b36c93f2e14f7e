/** The frame around what is judged: by pointer, two fingers, keyboard, or numbers. */
import { useEffect, useRef, useState } from "preact/hooks";
import {
  type Crop,
  fitted,
  middleSquare,
  moved,
  resized,
  type Size,
  sameCrop,
  scaled,
  squared,
  wholeImage,
} from "./crop.ts";
import { useFrameGestures } from "./frame-gestures.ts";
import type { Picture } from "./use-pictures.ts";

interface Props {
  picture: Picture;
  framed: { size: Size; crop: Crop };
  judge: (crop: Crop) => void;
  /** How the training images were framed, where it is known. */
  framing: string | undefined;
}

/** After the last key, milliseconds. */
const patience = 350;

export function FrameTool({ picture, framed, judge, framing }: Props) {
  const { size } = framed;
  const [crop, setCrop] = useState(framed.crop);
  const [square, setSquare] = useState(true);
  const stage = useRef<HTMLDivElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const settle = (next: Crop) => {
    clearTimeout(timer.current);
    setCrop(next);
    judge(next);
  };
  const settleSoon = (next: Crop) => {
    clearTimeout(timer.current);
    setCrop(next);
    timer.current = setTimeout(() => judge(next), patience);
  };
  const gestures = useFrameGestures({ stage, size, crop, square, follow: setCrop, settle });
  const onKeyDown = (event: KeyboardEvent) => {
    const next = byKey(event, crop, size, square);
    if (next === undefined) return;
    event.preventDefault();
    settleSoon(next);
  };
  const oblong = size.width !== size.height;
  return (
    <figure class="frame-tool">
      <div
        ref={stage}
        class="stage"
        style={{ "--ratio": String(size.width / size.height), aspectRatio: `${size.width} / ${size.height}` }}
        {...gestures.onStage}
      >
        <img src={picture.url} alt={`${picture.name}, whole`} draggable={false} />
        <div
          class="frame"
          role="application"
          aria-roledescription="frame"
          aria-label={`Frame around what is judged: ${wordsOf(crop)}`}
          aria-describedby="frame-help"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it is moved by keys.
          tabIndex={0}
          style={placeOf(crop, size)}
          onKeyDown={onKeyDown}
        >
          {(["nw", "ne", "sw", "se"] as const).map((corner) => (
            <span key={corner} class={`corner ${corner}`} data-corner={corner} />
          ))}
        </div>
      </div>
      <figcaption>
        {framing !== undefined && (
          <p>
            Frame it as the training images were: <strong>{framing}</strong>.
          </p>
        )}
        <div class="ways">
          {oblong && (
            <button type="button" class="secondary small" onClick={() => settle(middleSquare(size))}>
              Middle square
            </button>
          )}
          <button
            type="button"
            class="secondary small"
            disabled={sameCrop(crop, wholeImage(size))}
            onClick={() => {
              if (oblong) setSquare(false);
              settle(wholeImage(size));
            }}
          >
            Whole image
          </button>
          <label class="check">
            <input
              type="checkbox"
              checked={square}
              onChange={({ currentTarget: { checked } }) => {
                setSquare(checked);
                if (checked) settle(squared(crop, size));
              }}
            />
            Keep it square
          </label>
        </div>
        <p id="frame-help" class="soft">
          What lies in the frame is judged: drag it, or its corners. Keys: arrows move it, <kbd>+</kbd> and <kbd>−</kbd>{" "}
          change its size
          {square ? "" : ", Shift with arrows its shape"}.
        </p>
        <ByNumbers crop={crop} size={size} square={square} place={settleSoon} />
      </figcaption>
    </figure>
  );
}

const wordsOf = ({ left, top, width, height }: Crop) =>
  `${width} × ${height} pixels, ${left} from the left, ${top} from the top`;

const share = (part: number, whole: number) => `${(100 * part) / whole}%`;

const placeOf = (crop: Crop, size: Size) => ({
  left: share(crop.left, size.width),
  top: share(crop.top, size.height),
  width: share(crop.width, size.width),
  height: share(crop.height, size.height),
});

function byKey(event: KeyboardEvent, crop: Crop, size: Size, square: boolean): Crop | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const { key, shiftKey } = event;
  if (key === "+" || key === "=") return scaled(crop, size, 1.05);
  if (key === "-" || key === "−") return scaled(crop, size, 1 / 1.05);
  const step = Math.max(1, Math.round(Math.max(size.width, size.height) / 100));
  const x = key === "ArrowLeft" ? -step : key === "ArrowRight" ? step : 0;
  const y = key === "ArrowUp" ? -step : key === "ArrowDown" ? step : 0;
  if (x === 0 && y === 0) return undefined;
  if (shiftKey && !square) return fitted({ ...crop, width: crop.width + x, height: crop.height + y }, size);
  return moved(crop, size, { x, y });
}

interface NumbersProps {
  crop: Crop;
  size: Size;
  square: boolean;
  place: (crop: Crop) => void;
}

function ByNumbers({ crop, size, square, place }: NumbersProps) {
  const field = (words: string, value: number, most: number, placed: (given: number) => Crop) => (
    <label class="field">
      {words}
      <input
        type="number"
        min={0}
        max={most}
        value={value}
        onChange={({ currentTarget }) => {
          const given = currentTarget.valueAsNumber;
          if (Number.isFinite(given)) place(fitted(placed(given), size));
        }}
      />
    </label>
  );
  return (
    <details>
      <summary>Place the frame by numbers (pixels)</summary>
      <div class="numbers">
        {field("From the left", crop.left, size.width, (left) => ({ ...crop, left }))}
        {field("From the top", crop.top, size.height, (top) => ({ ...crop, top }))}
        {square ? (
          field("Side", crop.width, Math.min(size.width, size.height), (side) =>
            resized(crop, size, Math.min(side, size.width, size.height)),
          )
        ) : (
          <>
            {field("Width", crop.width, size.width, (width) => ({ ...crop, width }))}
            {field("Height", crop.height, size.height, (height) => ({ ...crop, height }))}
          </>
        )}
      </div>
    </details>
  );
}
