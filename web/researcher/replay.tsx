/** One trial as it happened: the choice when it was made, each stroke as it was drawn. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Side } from "../../src/study/contract/api.ts";
import type { TrialDetail, TrialRow } from "../../src/study/contract/researcher-api.ts";
import type { Stroke } from "../../src/study/contract/strokes.ts";
import { duration, plural } from "../shared/numbers.ts";
import { Await, Select } from "../shared/page-parts.tsx";
import { addressOf } from "../shared/server.ts";
import { useAnswer } from "../shared/use-answer.ts";
import { colorOf } from "./marked-image.tsx";
import { gridOf, paintMask } from "./masks.ts";
import { drawnUntil, endOf } from "./replay-moment.ts";
import { sideNames } from "./words.ts";

interface ReplayProps {
  trial: TrialRow;
  question: string;
  /** Addresses of the trials before and after, where there are any. */
  before?: string;
  after?: string;
}

export function Replay({ trial, question, before, after }: ReplayProps) {
  const answer = useAnswer<TrialDetail>(`/trials/${trial.id}`);
  return (
    <section class="card replay" aria-label={`Replay of trial ${trial.position + 1}`}>
      <div class="heading">
        <h2>Trial {trial.position + 1}</h2>
        <span class="group">
          <Step href={before} words="Previous" />
          <Step href={after} words="Next" />
        </span>
      </div>
      <p class="soft">{question}</p>
      <Await answer={answer}>{({ strokes }) => <Player trial={trial} strokes={strokes} />}</Await>
    </section>
  );
}

const Step = ({ href, words }: { href?: string; words: string }) =>
  href ? (
    <a class="button" href={href} aria-label={`${words} trial`}>
      {words}
    </a>
  ) : (
    <span class="button off">{words}</span>
  );

const speeds = [
  ["0.5", "half speed"],
  ["1", "as it was"],
  ["2", "2 times"],
  ["4", "4 times"],
  ["8", "8 times"],
] as const;

function Player({ trial, strokes }: { trial: TrialRow; strokes: TrialDetail["strokes"] }) {
  const end = useMemo(() => endOf(trial, [...strokes.left, ...strokes.right]), [trial, strokes]);
  // Shown as it ended, so that a glance suffices; play begins at the beginning.
  const [ms, setMs] = useState(end);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState("1");

  useEffect(() => {
    if (!playing) return;
    let last: number | undefined;
    const step = (now: number) => {
      const passed = last === undefined ? 0 : (now - last) * Number(speed);
      last = now;
      setMs((before) => Math.min(end, before + passed));
      frame = requestAnimationFrame(step);
    };
    let frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [playing, speed, end]);
  useEffect(() => {
    if (playing && ms >= end) setPlaying(false);
  }, [playing, ms, end]);

  const toggle = () => {
    if (!playing && ms >= end) setMs(0);
    setPlaying(!playing);
  };
  const chosen = ms >= trial.responseMs ? trial.choice : undefined;
  const count = strokes.left.length + strokes.right.length;
  return (
    <>
      <div class="pair">
        {sideNames.map((side) => (
          <ReplayedImage
            key={side}
            trial={trial}
            side={side}
            strokes={strokes[side]}
            ms={ms}
            chosen={chosen === side}
          />
        ))}
      </div>
      <div class="player">
        <button type="button" class="primary" onClick={toggle}>
          {playing ? "Pause" : "Play"}
        </button>
        <input
          type="range"
          min={0}
          max={Math.ceil(end)}
          step={Math.max(1, Math.round(end / 1000))}
          value={ms}
          aria-label="Moment of the trial"
          aria-valuetext={`${duration(ms)} of ${duration(end)}`}
          onInput={(event) => {
            setPlaying(false);
            setMs(Math.min(end, Number(event.currentTarget.value)));
          }}
        />
        <span class="clock">
          {duration(ms)} / {duration(end)}
        </span>
        <Select label="Speed" value={speed} options={speeds} choose={setSpeed} />
      </div>
      <p class="soft">
        Chose {trial.choice} by {trial.chosenBy} after {duration(trial.responseMs)}
        {trial.correct !== null && (trial.correct ? ": right" : ": wrong")}.{" "}
        {trial.condition === "choice-and-mark" &&
          `${plural(count, "stroke")} in ${duration(trial.markingMs)}${
            trial.undone > 0 ? `; ${plural(trial.undone, "stroke")} taken back (not kept)` : ""
          }. `}
        Images {trial.display.layout}, {Math.round(trial.display.image[0])} × {Math.round(trial.display.image[1])}{" "}
        pixels in a window of {Math.round(trial.display.window[0])} × {Math.round(trial.display.window[1])}.
        {trial.blurred > 0 && ` The page lost focus ${plural(trial.blurred, "time")}.`}
      </p>
    </>
  );
}

interface ReplayedImageProps {
  trial: TrialRow;
  side: Side;
  strokes: readonly Stroke[];
  ms: number;
  chosen: boolean;
}

function ReplayedImage({ trial, side, strokes, ms, chosen }: ReplayedImageProps) {
  const image = trial[side];
  const canvas = useRef<HTMLCanvasElement>(null);
  const grid = gridOf(image, 512);
  const drawn = useMemo(() => drawnUntil(strokes, ms), [strokes, ms]);
  useEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    const pixels = new ImageData(grid.width, grid.height);
    paintMask(pixels, drawn, colorOf(trial), 0.35);
    context.putImageData(pixels, 0, 0);
  }, [drawn, trial, grid.width, grid.height]);
  const { answer } = trial;
  return (
    <figure class={chosen ? "chosen" : undefined}>
      <div class="picture">
        <img
          src={addressOf(`/images/${image.id}/picture`)}
          width={image.width}
          height={image.height}
          alt={image.name}
        />
        <canvas ref={canvas} width={grid.width} height={grid.height} />
      </div>
      <figcaption>
        <a href={`#/images/${image.id}`}>{image.name}</a> · {image.label}
        {answer === side && " · the right one"}
        <strong class="choice">{chosen ? "chosen" : ""}</strong>
      </figcaption>
    </figure>
  );
}
