/** For tests of the researcher's pages: a study of the demonstration's faces in which simulated people have taken part. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { randomStream } from "../../src/base/random.ts";
import { makeDemoData } from "../../src/demo/make.ts";
import type { StorePlace } from "../../src/store/index.ts";
import type { ImageToShow, Side } from "../../src/study/contract/api.ts";
import { simulatedParticipant, variedTraits } from "../../src/study/contract/simulated-participant.ts";
import type { EvidenceGrid } from "../../src/study/contract/simulated-spots.ts";
import { ImageNames } from "../../src/study/images/image-names.ts";
import type { StudyServerOptions } from "../../src/study/server/server.ts";
import type { StudyImage } from "../../src/study/study-file.ts";
import { writeSettings } from "../small-study.ts";
import { openRig, type Rig, Visitor } from "./rig.ts";

const minute = 60_000;

export interface WatchedStudy {
  /** Images of both labels together, and pixels on a side. */
  images?: number;
  size?: number;
  /** Everyone does all trials but each fifth, who leaves after some. */
  participants: number;
  settings?: Record<string, unknown>;
  place?: StorePlace;
  options?: Partial<StudyServerOptions>;
}

/** The rig's clock stands where the last participant finished. */
export async function watchedStudy(given: WatchedStudy): Promise<Rig> {
  const { images = 40, size = 64, participants, settings = {}, place, options } = given;
  const folder = mkdtempSync(join(tmpdir(), "oversight-watched-"));
  const demo = { seed: 2, train: images, validation: 4, testPerGenerator: 4, size };
  const { tests } = await makeDemoData(join(folder, "demo"), demo);
  writeSettings(folder, {
    name: `watched-${process.pid}-${Date.now()}`,
    title: "Faces of the demonstration",
    images: { manifest: "demo/train.csv", catch: tests[0].manifest },
    question: { text: "Which face is synthetic?", target: "Synthetic" },
    pairs: { targetOther: 6 },
    targetJudgements: 4,
    practiceTrials: 1,
    catchTrials: 2,
    consent: { version: "1", text: "I agree.", withdrawal: "keep" },
    questions: {
      before: [{ id: "age", text: "How old are you?", type: "number" }],
      after: [{ id: "how", text: "How did you decide?", type: "long-text" }],
    },
    ...settings,
  });
  const rig = await openRig(folder, place, options);
  const people = new People(rig);
  for (let seed = 1; seed <= participants; seed++) await people.takePart(seed, seed % 5 === 0 ? seed % 4 : undefined);
  return rig;
}

class People {
  private readonly rig: Rig;
  private readonly images: Map<number, StudyImage>;
  private readonly names: ImageNames;

  constructor(rig: Rig) {
    this.rig = rig;
    this.images = new Map(rig.study.images.map((image) => [image.id, image]));
    this.names = new ImageNames(rig.secret.imageKey);
  }

  /** @param leavesAfter so many trials; without it all are done */
  async takePart(seed: number, leavesAfter = Number.POSITIVE_INFINITY): Promise<void> {
    const { rig } = this;
    const random = randomStream(seed, "watched");
    const person = simulatedParticipant(variedTraits(0.55, random.uniform), seed);
    const visitor = new Visitor(rig);
    await visitor.begin();
    let session = (await visitor.answers("before", { age: 18 + (seed % 50) })).body;
    for (let done = 0; session.state === "trials" && done < leavesAfter; done++) {
      const { left, right, id } = session.trial!;
      const shown = { left: this.imageAt(left), right: this.imageAt(right) };
      const target = (["left", "right"] as const).find((side) => shown[side].isTarget);
      const evidence: Partial<Record<Side, EvidenceGrid>> = {};
      for (const side of ["left", "right"] as const) {
        const grid = await evidenceOf(shown[side]);
        if (grid) evidence[side] = grid;
      }
      const { condition, marking, minimumLookingMs } = session;
      const result = person.decide({
        ...{ answer: target, condition: condition!, marking, minimumLookingMs, evidence },
        images: { left, right },
      });
      rig.clock.now += result.responseMs + result.markingMs;
      const { status, body, refusal } = await visitor.commit(id, result);
      if (status !== 200) throw new Error(`a simulated trial was refused: ${refusal?.message}`);
      session = body.session;
    }
    if (session.state === "after") await visitor.answers("after", { how: "I looked at <b>ears & eyes</b>." });
    rig.clock.now += minute;
  }

  private imageAt({ url }: ImageToShow): StudyImage {
    return this.images.get(this.names.resolve(url.split("/").at(-1)!)!.image)!;
  }
}

async function evidenceOf({ saliency }: StudyImage): Promise<EvidenceGrid | undefined> {
  if (saliency === null) return undefined;
  const pixels = await sharp(saliency).resize(32, 32).greyscale().raw().toBuffer();
  return { columns: 32, rows: 32, weights: Array.from(pixels, (value) => value / 255) };
}
