/** One image: its picture, everybody's marks, the map that follows from them, and each judgement. */
import { useMemo, useState } from "preact/hooks";
import type { ImageDetail, ImageJudgement } from "../../src/study/contract/researcher-api.ts";
import { duration, plural, whole } from "../shared/numbers.ts";
import { Await, Heading } from "../shared/page-parts.tsx";
import { hrefWith, type Route } from "../shared/route.ts";
import { useAnswer } from "../shared/use-answer.ts";
import { MarkedImage, markedJudgements, marksFilterOf } from "./marked-image.tsx";
import { MarksControls } from "./marks-controls.tsx";
import { conditionWords, kindWords, pairWords, shareWords } from "./words.ts";

export function ImagePage({ id, route }: { id: string; route: Route }) {
  const answer = useAnswer<ImageDetail>(`/images/${id}`);
  return (
    <>
      <nav class="crumbs" aria-label="Where this is">
        <a href={hrefWith({ path: ["images"], query: route.query }, {})}>Images</a>
      </nav>
      <Heading title={answer.data?.name ?? `Image ${id}`} />
      <Await answer={answer}>{(image) => <Image image={image} route={route} />}</Await>
    </>
  );
}

function Image({ image, route }: { image: ImageDetail; route: Route }) {
  const { overlay, correctOnly, condition } = marksFilterOf(route);
  const [only, setOnly] = useState<number>();
  const marked = useMemo(
    () => markedJudgements(image.list, { overlay, correctOnly, condition }),
    [image, overlay, correctOnly, condition],
  );
  const shown = useMemo(
    () => (only === undefined ? marked : marked.filter(({ trial }) => trial === only)),
    [marked, only],
  );
  return (
    <>
      <p class="soft">
        {image.label}
        {image.source && ` · ${image.source}`} · {image.width} × {image.height} pixels · judged right{" "}
        {shareWords(image.accuracy)}
      </p>
      <div class="controls">
        <MarksControls route={route} />
      </div>
      <div class="beside">
        <div>
          <MarkedImage image={image} marks={shown} overlay={overlay} picture="picture" side={720} />
          <p class="soft" role="status">
            {marked.length === 0
              ? "No marks to show."
              : only === undefined
                ? `${overlay === "map" ? "The mean of the marks" : "Marks"} of ${plural(marked.length, "judgement")}.`
                : "Marks of one judgement."}{" "}
            {only !== undefined && (
              <button type="button" class="secondary" onClick={() => setOnly(undefined)}>
                Show all again
              </button>
            )}
          </p>
        </div>
        <Judgements image={image} marked={marked} only={only} choose={setOnly} />
      </div>
    </>
  );
}

interface JudgementsProps {
  image: ImageDetail;
  marked: readonly ImageJudgement[];
  only?: number;
  choose: (trial: number | undefined) => void;
}

function Judgements({ image, marked, only, choose }: JudgementsProps) {
  if (image.list.length === 0) return <p class="notice">Nobody has judged this image yet.</p>;
  const all = Object.values(image.judgements).reduce((sum, count) => sum + count, 0);
  const hasMarks = new Set(marked.map(({ trial }) => trial));
  return (
    <div class="scroll">
      <table>
        <caption>
          {all > image.list.length ? `The last ${image.list.length} of ${whole(all)} judgements` : "Judgements"}
        </caption>
        <thead>
          <tr>
            <th scope="col">Participant</th>
            <th scope="col" class="text">
              Condition
            </th>
            <th scope="col" class="text">
              Pair
            </th>
            <th scope="col">Chosen</th>
            <th scope="col">Right</th>
            <th scope="col">Time</th>
            <th scope="col">Marks</th>
          </tr>
        </thead>
        <tbody>
          {image.list.map((judgement) => (
            <tr key={judgement.trial} class={only === judgement.trial ? "current" : undefined}>
              <th scope="row">
                <a href={`#/participants/${judgement.participant}?trial=${judgement.trial}`}>{judgement.participant}</a>
              </th>
              <td class="text">{conditionWords[judgement.condition]}</td>
              <td class="text">{judgement.kind === "main" ? pairWords[judgement.pair] : kindWords[judgement.kind]}</td>
              <td>{judgement.chosen ? "yes" : "no"}</td>
              <td>
                <Right correct={judgement.correct} />
              </td>
              <td>{duration(judgement.responseMs)}</td>
              <td>
                {hasMarks.has(judgement.trial) ? (
                  <button
                    type="button"
                    class="quiet"
                    aria-pressed={only === judgement.trial}
                    aria-label={`Only the marks of participant ${judgement.participant}`}
                    onClick={() => choose(only === judgement.trial ? undefined : judgement.trial)}
                  >
                    {plural(judgement.strokes.length, "stroke")}
                  </button>
                ) : (
                  "–"
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Right({ correct }: { correct: boolean | null }) {
  if (correct === null) return <>–</>;
  return <span class={correct ? "right" : "wrong"}>{correct ? "right" : "wrong"}</span>;
}
