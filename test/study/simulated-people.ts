/** For tests of what is made of a study's records: simulated people take part in it through the server's routes. */
import sharp from "sharp";
import { randomStream } from "../../src/base/random.ts";
import { type ImageToShow, type Side, sides } from "../../src/study/contract/api.ts";
import { simulatedParticipant, variedTraits } from "../../src/study/contract/simulated-participant.ts";
import type { EvidenceGrid } from "../../src/study/contract/simulated-spots.ts";
import { ImageNames } from "../../src/study/images/image-names.ts";
import type { StudyImage } from "../../src/study/study-file.ts";
import { type Rig, Visitor } from "./rig.ts";

/** Questions that they know the answers to. */
export const questions = {
  before: [{ id: "age", text: "How old are you?", type: "number" }],
  after: [{ id: "how", text: "How did you decide?", type: "long-text" }],
};
export const ageOf = (participant: number) => 18 + (participant % 50);
export const howTheyDecided = "I looked at <b>ears & eyes</b>.";

/**
 * One after another; each fifth leaves after 0 to 3 trials, the others do all. The rig's clock goes on as they do.
 * @param people how many; in a new study their ids are 1, 2, …
 */
export async function takePart(rig: Rig, people: number): Promise<void> {
  const images = new Map(rig.study.images.map((image) => [image.id, image]));
  const names = new ImageNames(rig.secret.imageKey);
  const imageAt = ({ url }: ImageToShow) => images.get(names.resolve(url.split("/").at(-1)!)!.image)!;
  for (let seed = 1; seed <= people; seed++) {
    const person = simulatedParticipant(variedTraits(0.55, randomStream(seed, "people").uniform), seed);
    const visitor = new Visitor(rig);
    await visitor.begin();
    let session = (await visitor.answers("before", { age: ageOf(seed) })).body;
    const leavesAfter = seed % 5 === 0 ? seed % 4 : Number.POSITIVE_INFINITY;
    for (let done = 0; session.state === "trials" && done < leavesAfter; done++) {
      const { left, right, id } = session.trial!;
      const shown = { left: imageAt(left), right: imageAt(right) };
      const { condition, marking, minimumLookingMs } = session;
      const result = person.decide({
        ...{ condition: condition!, marking, minimumLookingMs, images: { left, right } },
        answer: sides.find((side) => shown[side].isTarget),
        evidence: await evidenceOn(shown),
      });
      rig.clock.now += result.responseMs + result.markingMs;
      const { status, body, refusal } = await visitor.commit(id, result);
      if (status !== 200) throw new Error(`a simulated trial was refused: ${refusal?.message}`);
      session = body.session;
    }
    if (session.state === "after") await visitor.answers("after", { how: howTheyDecided });
    rig.clock.now += 60_000;
  }
}

async function evidenceOn(shown: Record<Side, StudyImage>): Promise<Partial<Record<Side, EvidenceGrid>>> {
  const evidence: Partial<Record<Side, EvidenceGrid>> = {};
  for (const side of sides) {
    const { saliency } = shown[side];
    if (saliency === null) continue;
    const pixels = await sharp(saliency).resize(32, 32).greyscale().raw().toBuffer();
    evidence[side] = { columns: 32, rows: 32, weights: Array.from(pixels, (value) => value / 255) };
  }
  return evidence;
}
