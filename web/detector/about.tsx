/** What the detector is and was measured to do, in full. */
import type { DetectorFile } from "../../src/detector/browser.ts";
import { decimals, exactPercent, othersOf, percent, quoted, whole } from "./words.ts";

export function About({ about, provider }: { about: DetectorFile; provider: "webgpu" | "wasm" }) {
  const { training, calibration, inputSize } = about;
  return (
    <details class="about">
      <summary>About this detector</summary>
      <div class="columns">
        <section>
          <h2>How it was made</h2>
          <dl>
            <Fact name="Network" value={about.network} />
            <Fact name="Classes" value={about.classes.join(", ")} />
            <Fact name="Trained on" value={`${whole(training.images)} images`} />
            <Fact name="Guidance" value={training.guidance} />
            <Fact name="Seed" value={String(training.seed)} />
            <Fact name="Fingerprint of its data" value={training.data} code />
            <Fact name="Licence" value={about.licence} />
            <Fact name="Made by" value={`Oversight ${about.oversight}`} />
            <Fact name="Runs here by" value={providerWords[provider]} />
          </dl>
          <p class="soft">
            What lies in the frame is squeezed to {inputSize} × {inputSize} pixels before it is judged. Frame an image
            as the training images were framed{about.framing && ` (${about.framing})`}: the detector does not do that by
            itself.
          </p>
        </section>
        <section>
          <h2>What was measured</h2>
          <Tests about={about} />
          <Points about={about} />
          <p class="soft">
            Scores are calibrated: the temperature {decimals(calibration.temperature)} and the bias{" "}
            {decimals(calibration.bias)} were fitted on {whole(calibration.images)} validation images. The expected
            calibration error there went from {decimals(calibration.eceBefore)} to {decimals(calibration.eceAfter)}. The
            threshold {decimals(about.threshold)} was chosen there too: {about.thresholdRule}.
          </p>
        </section>
      </div>
    </details>
  );
}

const providerWords = {
  webgpu: "this device’s graphics processor (WebGPU)",
  wasm: "this device’s processor (WebAssembly)",
};

function Fact({ name, value, code = false }: { name: string; value: string; code?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{code ? <code>{value}</code> : value}</dd>
    </div>
  );
}

const shareOrNone = (share: number | null) => (share === null ? "–" : percent(share));

function Tests({ about }: { about: DetectorFile }) {
  if (about.tests.length === 0) return <p>It was not tested on images that had no part in its making.</p>;
  return (
    <div class="table">
      <table>
        <caption>
          On test images, at its threshold. The AUC is how often an image of {quoted(about.positive)} scored higher than
          one of {othersOf(about)}; guessing gives 0.5.
        </caption>
        <thead>
          <tr>
            <th scope="col">Test set</th>
            <th scope="col">Images</th>
            <th scope="col">AUC (95 % interval)</th>
            <th scope="col">{about.positive} missed</th>
            <th scope="col">False alarms</th>
          </tr>
        </thead>
        <tbody>
          {about.tests.map(({ name, images, auc, apcer, bpcer }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{whole(images)}</td>
              <td>{auc ? `${decimals(auc.value)} (${decimals(auc.low)}–${decimals(auc.high)})` : "–"}</td>
              <td>{shareOrNone(apcer)}</td>
              <td>{shareOrNone(bpcer)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Points({ about }: { about: DetectorFile }) {
  if (about.operatingPoints.length === 0) return null;
  return (
    <div class="table">
      <table>
        <caption>Stricter and laxer thresholds, on validation images</caption>
        <thead>
          <tr>
            <th scope="col">Threshold</th>
            <th scope="col">False alarms, at most</th>
            <th scope="col">{about.positive} found (95 % interval)</th>
          </tr>
        </thead>
        <tbody>
          {about.operatingPoints.map(({ fpr, threshold, tpr }) => (
            <tr key={fpr}>
              <td>{decimals(threshold)}</td>
              <td>{exactPercent(fpr)}</td>
              <td>
                {percent(tpr.value)} ({percent(tpr.low)}–{percent(tpr.high)})
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
