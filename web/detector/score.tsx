/** The score beside the threshold, and what the detector calls the image. */
import type { DetectorFile } from "../../src/detector/browser.ts";
import type { Judged } from "./judge.ts";
import { decimals, othersOf, quoted } from "./words.ts";

interface Props {
  judged: Judged;
  about: DetectorFile;
  /** When another part is being judged already. */
  outdated: boolean;
}

export function Score({ judged, about, outdated }: Props) {
  const { score, verdict } = judged.judgement;
  const positive = verdict === about.positive;
  return (
    <div class={`score ${outdated ? "outdated" : ""}`} aria-busy={outdated}>
      <p class="verdict">
        Called <strong class={positive ? "positive" : ""}>{quoted(verdict)}</strong>
      </p>
      <p class="number">
        <data value={String(score)}>{decimals(score)}</data>
        <span class="soft">of 1 for {quoted(about.positive)}</span>
      </p>
      <Bar score={score} threshold={about.threshold} />
      <p>
        {positive ? "At or above" : "Below"} the threshold of {decimals(about.threshold)}, from which on this detector
        calls an image {quoted(about.positive)}
        {about.classes.length > 2 && !positive ? `; of ${othersOf(about)} it fits ${quoted(verdict)} best` : ""}.
      </p>
    </div>
  );
}

function Bar({ score, threshold }: { score: number; threshold: number }) {
  return (
    <div class="score-bar" aria-hidden="true">
      <div class={`filled ${score >= threshold ? "positive" : ""}`} style={{ width: `${100 * score}%` }} />
      <div class="threshold" style={{ left: `${100 * threshold}%` }} />
    </div>
  );
}
