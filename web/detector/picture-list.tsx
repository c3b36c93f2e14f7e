/** All images, small, with what was said of each; one is chosen. */
import type { DetectorFile } from "../../src/detector/browser.ts";
import type { Picture, Pictures } from "./use-pictures.ts";
import { decimals } from "./words.ts";

export function PictureList({ pictures, about }: { pictures: Pictures; about: DetectorFile | undefined }) {
  const { list, chosen, choose } = pictures;
  return (
    <ul class="list" aria-label="Images">
      {list.map((picture) => (
        <li key={picture.id}>
          <button type="button" aria-pressed={picture === chosen} onClick={() => choose(picture.id)}>
            {picture.framed ? <img src={picture.url} alt="" /> : <span class="blank" />}
            <span class="name">{picture.name}</span>
            <Brief picture={picture} about={about} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Brief({ picture, about }: { picture: Picture; about: DetectorFile | undefined }) {
  const { failure, judged } = picture;
  if (failure !== undefined) return <span class="brief bad">Not judged</span>;
  if (!judged || !about) return <span class="brief soft">…</span>;
  const { score, verdict } = judged.judgement;
  return (
    <span class={`brief ${verdict === about.positive ? "positive" : ""}`}>
      {decimals(score)} {verdict}
    </span>
  );
}
