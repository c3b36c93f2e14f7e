/**
 * What a simulated participant may see on the images. The server tells nobody; the study's folder knows: its secret says
 * which image hides behind a name, its manifest what the image shows and where the evidence lies.
 */
import { InputError } from "../../base/errors.ts";
import { readMap } from "../../saliency/read-map.ts";
import type { Side, StudyInfo, TrialToShow } from "../contract/api.ts";
import type { EvidenceGrid } from "../contract/simulated-participant.ts";
import { ImageNames } from "../images/image-names.ts";
import type { Protocol } from "../protocol.ts";
import type { StudySecret } from "../secret.ts";
import type { Study, StudyImage } from "../study-file.ts";
import { coarseGrid } from "./coarse-grid.ts";

export interface TrueTrial {
  /** The side of the image with the target label; undefined where both have it or neither. */
  answer: Side | undefined;
  /** Of the images that have a map in the manifest. */
  evidence: Partial<Record<Side, EvidenceGrid>>;
}

/** Of the longer side; fine enough for what a hand marks. */
const cellsOnLongestSide = 32;

export class Truth {
  readonly questions: Protocol["questions"];
  private readonly study: Study;
  private readonly names: ImageNames;
  private readonly images: ReadonlyMap<number, StudyImage>;
  private readonly grids = new Map<number, Promise<EvidenceGrid | undefined>>();

  constructor(study: Study, { imageKey }: Pick<StudySecret, "imageKey">) {
    this.study = study;
    this.questions = study.protocol.questions;
    this.names = new ImageNames(imageKey);
    this.images = new Map(study.images.map((image) => [image.id, image]));
  }

  /** @throws InputError when the server shows another study than the folder's */
  requireSameStudy({ title, consent }: StudyInfo, url: string): void {
    const { protocol, folder } = this.study;
    if (title === protocol.title && consent.version === protocol.consent.version) return;
    throw new InputError(
      `${url} serves the study "${title}", consent version ${consent.version}; ${folder} has "${protocol.title}", version ${protocol.consent.version}`,
    );
  }

  /** @throws InputError when an image's name is not this study's, or a map cannot be read */
  async of(trial: TrialToShow): Promise<TrueTrial> {
    const [left, right] = [this.imageAt(trial.left.url), this.imageAt(trial.right.url)];
    const [leftGrid, rightGrid] = await Promise.all([this.gridOf(left), this.gridOf(right)]);
    const evidence: TrueTrial["evidence"] = {};
    if (leftGrid !== undefined) evidence.left = leftGrid;
    if (rightGrid !== undefined) evidence.right = rightGrid;
    if (left.isTarget === right.isTarget) return { answer: undefined, evidence };
    return { answer: left.isTarget ? "left" : "right", evidence };
  }

  private imageAt(url: string): StudyImage {
    const named = this.names.resolve(url.slice(url.lastIndexOf("/") + 1));
    const image = named && this.images.get(named.image);
    if (image !== undefined) return image;
    throw new InputError(
      `the server's images are not those of ${this.study.folder}: simulate with the folder that is served, secret.json included`,
    );
  }

  private gridOf({ id, saliency }: StudyImage): Promise<EvidenceGrid | undefined> {
    let grid = this.grids.get(id);
    if (grid === undefined) {
      grid = saliency === null ? Promise.resolve(undefined) : readGrid(saliency);
      this.grids.set(id, grid);
    }
    return grid;
  }
}

async function readGrid(file: string): Promise<EvidenceGrid | undefined> {
  const map = await readMap(file);
  return map.blank ? undefined : coarseGrid(map, cellsOnLongestSide);
}
