/** The whole page: the detector, the images given to it, and what it says of the chosen one. */
import { useEffect } from "preact/hooks";
import { About } from "./about.tsx";
import { AddImages } from "./add-images.tsx";
import { FrameTool } from "./frame-tool.tsx";
import { JudgedPart } from "./judged-part.tsx";
import { Meaning } from "./meaning.tsx";
import { PictureList } from "./picture-list.tsx";
import { Score } from "./score.tsx";
import { type DetectorState, useDetector } from "./use-detector.ts";
import { type Picture, usePictures } from "./use-pictures.ts";
import { decimals, megabytes, quoted } from "./words.ts";

export function App() {
  const detector = useDetector();
  const pictures = usePictures(detector.judge);
  const { list, chosen } = pictures;
  const about = detector.loaded?.about;
  useEffect(() => {
    if (about) document.title = `${about.name} · Oversight`;
  }, [about]);
  return (
    <>
      <header class="bar">
        <strong>Oversight</strong>
        <span class="private">Your images stay on this device: they are judged in this browser and sent nowhere.</span>
      </header>
      <main>
        <h1>{about ? `Is it ${quoted(about.positive)}?` : "A detector of images"}</h1>
        {about && (
          <p class="lead soft">
            The detector {quoted(about.name)} tells {about.classes.map(quoted).join(" from ")} images and shows where it
            sees the evidence. It can be wrong: what its score means stands beside it.
          </p>
        )}
        <Loading detector={detector} waiting={list.length > 0} />
        <AddImages add={pictures.add} large={list.length === 0} />
        {list.length > 1 && <PictureList pictures={pictures} about={about} />}
        {chosen && <Chosen key={chosen.id} picture={chosen} detector={detector} pictures={pictures} />}
        {about && <About about={about} provider={detector.loaded!.provider} />}
        <p class="hidden-text" role="status">
          {chosen && about && saying(chosen)}
        </p>
      </main>
    </>
  );
}

/** What a screen reader says when it changes. */
function saying({ name, failure, judged, framed }: Picture): string {
  if (failure !== undefined) return `${name}: ${failure}`;
  if (judged === undefined || judged.crop !== framed?.crop) return `${name} is being judged`;
  return `${name}: score ${decimals(judged.judgement.score)}, called ${judged.judgement.verdict}`;
}

function Loading({ detector, waiting }: { detector: DetectorState; waiting: boolean }) {
  const { loaded, failure, progress, tryAgain } = detector;
  if (failure !== undefined)
    return (
      <div class="notice error" role="alert">
        <p>
          <strong>The detector could not be loaded.</strong> {failure}
        </p>
        <p>
          Beside this page must lie the two files that <code>oversight export</code> writes: <code>detector.json</code>{" "}
          and <code>model.onnx</code>.
        </p>
        <button type="button" class="secondary" onClick={tryAgain}>
          Try again
        </button>
      </div>
    );
  if (loaded) return null;
  const { done, total } = progress;
  return (
    <div class="loading">
      <label for="loading">
        The detector is being loaded{done > 0 && `: ${megabytes(done)}${total ? ` of ${megabytes(total)}` : ""}`}
        {waiting && ". What you gave is judged then"}.
      </label>
      <progress id="loading" value={total && done / total} />
    </div>
  );
}

interface ChosenProps {
  picture: Picture;
  detector: DetectorState;
  pictures: ReturnType<typeof usePictures>;
}

function Chosen({ picture, detector, pictures }: ChosenProps) {
  const { name, framed, judged, failure } = picture;
  const about = detector.loaded?.about;
  return (
    <section class="chosen" aria-label={name}>
      <div class="heading">
        <h2>{name}</h2>
        <button type="button" class="quiet" onClick={() => pictures.remove(picture.id)}>
          Remove
        </button>
      </div>
      {failure !== undefined && <p class="notice error">{failure}</p>}
      <div class="work">
        {framed && (
          <FrameTool
            {...{ picture, framed, framing: about?.framing }}
            judge={(crop) => pictures.frame(picture.id, crop)}
          />
        )}
        {judged && about ? (
          <JudgedPart picture={picture} judged={judged} about={about} />
        ) : (
          framed && failure === undefined && <p class="soft awaiting">Being judged …</p>
        )}
        {judged && about && (
          <>
            <Score judged={judged} about={about} outdated={judged.crop !== framed?.crop} />
            <Meaning score={judged.judgement.score} about={about} />
          </>
        )}
      </div>
    </section>
  );
}
