/** What the score means and what it does not, from what was measured of this detector. */
import type { DetectorFile } from "../../src/detector/browser.ts";
import { decimals, exactPercent, othersOf, percent, quoted, whole } from "./words.ts";

export function Meaning({ score, about }: { score: number; about: DetectorFile }) {
  const { calibration } = about;
  const positive = quoted(about.positive);
  const others = othersOf(about);
  return (
    <div class="meaning">
      <section>
        <h3>What it means</h3>
        <ul>
          <li>
            Read as a probability, the score says: of 100 images that score like this, about {Math.round(100 * score)}{" "}
            are {positive}, among images like those of its validation set. On those {whole(calibration.images)} images
            this was off by {(100 * calibration.eceAfter).toFixed()} in 100 on average.
          </li>
          <Strictest score={score} about={about} />
          {about.tests.length === 0 ? (
            <li>It has not been tested on images that had no part in its making: nobody knows how often it errs.</li>
          ) : (
            about.tests.map((test) => (
              <li key={test.name}>
                On {quoted(test.name)} ({whole(test.images)} images) it{" "}
                {test.bpcer !== null && `called ${percent(test.bpcer)} of the ${others} images ${positive} wrongly`}
                {test.bpcer !== null && test.apcer !== null && " and "}
                {test.apcer !== null && `missed ${percent(test.apcer)} of the ${positive} ones`}
                {test.bpcer === null && test.apcer === null && "was scored without a measure of its errors"}.
              </li>
            ))
          )}
        </ul>
      </section>
      <section>
        <h3>What it does not mean</h3>
        <ul>
          <li>It is no proof. Do not decide anything about a person by it alone.</li>
          <li>
            It says nothing reliable about other kinds of image than it was trained and tested on: other sources or
            makers, screenshots, filters, strong compression, another framing.
          </li>
          <li>
            Where {positive} images are rarer than in validation, more of those that it calls {positive} are {others}.
          </li>
          <li>
            The map shows where the network found its evidence. It does not outline what was changed, and gives no
            reasons.
          </li>
        </ul>
      </section>
    </div>
  );
}

/** How strict a threshold the score still passes. */
function Strictest({ score, about }: { score: number; about: DetectorFile }) {
  const positive = quoted(about.positive);
  const points = about.operatingPoints.toSorted((a, b) => a.fpr - b.fpr);
  const passed = points.find(({ threshold }) => score >= threshold);
  if (points.length === 0) return null;
  if (!passed) {
    const { fpr, threshold } = points.at(-1)!;
    return (
      <li>
        It does not reach {decimals(threshold)}, which at most {exactPercent(fpr)} of the {othersOf(about)} validation
        images reached.
      </li>
    );
  }
  const { fpr, tpr } = passed;
  return (
    <li>
      It reaches a threshold that at most {exactPercent(fpr)} of the {othersOf(about)} validation images reached, and{" "}
      {percent(tpr.value)} of the {positive} ones ({percent(tpr.low)} to {percent(tpr.high)}).
    </li>
  );
}
