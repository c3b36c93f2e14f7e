/** Human maps given to other images: the control that keeps everything about the maps but what they are maps of. */
import sharp from "sharp";
import { InputError } from "../../base/errors.ts";
import { groupBy } from "../../base/group-by.ts";
import { randomStream } from "../../base/random.ts";
import type { Sample } from "../../data/sample.ts";
import { hasSameAspect } from "../../saliency/aspect.ts";
import { derange } from "../../saliency/non-human/derange.ts";
import { readMap } from "../../saliency/read-map.ts";
import type { Size } from "../../saliency/scan-lines.ts";
import { imageHeader } from "../../vision/image-source.ts";
import { type GreyMap, type MapsInput, type NonHumanMapsSummary, writeMaps } from "./write-maps.ts";

export interface ShuffleOptions extends MapsInput {
  seed: number;
  /** Maps go to images of the same label only. */
  withinLabel?: boolean | undefined;
}

/**
 * The manifest's maps, each given to another image of the same split; nobody keeps their own. A map whose image has another
 * shape is stretched to its new image's size, as the network's input is.
 */
export function makeShuffledMaps({
  seed,
  withinLabel = false,
  ...input
}: ShuffleOptions): Promise<NonHumanMapsSummary> {
  return writeMaps(input, { kind: "shuffle", seed, withinLabel }, (samples, names) => {
    const givers = shuffleMaps(samples, { seed, withinLabel, manifest: input.manifest });
    return async (index) => {
      const giver = givers.get(samples[index]);
      if (giver === undefined) return { without: "no human map" };
      const map = await mapFor(samples[index], giver);
      return map === undefined ? { without: "blank" } : { file: names[index], map, from: giver.name };
    };
  });
}

/** Whose map each image gets. @throws InputError where nobody else has a map */
function shuffleMaps(
  samples: readonly Sample[],
  { seed, withinLabel, manifest }: { seed: number; withinLabel: boolean; manifest: string },
): Map<Sample, Sample> {
  const mapped = samples.filter(({ saliency }) => saliency !== undefined);
  if (mapped.length === 0) {
    throw new InputError(
      `${manifest}: no image has a map to shuffle; name maps in a column saliency or with --map-root`,
    );
  }
  const givers = new Map<Sample, Sample>();
  const groups = groupBy(mapped, ({ split, label }) => JSON.stringify(withinLabel ? [split, label] : [split]));
  for (const [group, members] of groups) {
    const [split, label] = JSON.parse(group) as string[];
    const owners = new Map(members.map((member) => [member.saliency!, member]));
    const random = randomStream(seed, "shuffled maps", ...(withinLabel ? [split, label] : [split]));
    const deranged = derange(
      members.map(({ saliency }) => saliency!),
      random,
    );
    if (deranged === undefined) {
      const where = withinLabel ? `of split ${split} and label ${label}` : `of split ${split}`;
      throw new InputError(
        `${manifest}: the images ${where} cannot all get the map of another: ${members.length} images have ${owners.size} different maps`,
      );
    }
    members.forEach((member, i) => {
      givers.set(member, owners.get(deranged[i])!);
    });
  }
  return givers;
}

/** The giver's map as it lies on the taker's image; undefined when it says nothing. */
async function mapFor(taker: Sample, giver: Sample): Promise<GreyMap | undefined> {
  const [map, image] = await Promise.all([readMap(giver.saliency!), imageHeader(taker.path)]);
  if (map.blank) return undefined;
  const grey = Uint8Array.from(map.values, (value) => Math.round(255 * value));
  const own = { width: map.width, height: map.height, grey };
  return hasSameAspect(own, image) ? own : stretch(own, image);
}

async function stretch({ width, height, grey }: GreyMap, to: Size): Promise<GreyMap> {
  const stretched = await sharp(grey, { raw: { width, height, channels: 1 } })
    .resize(to.width, to.height, { fit: "fill", kernel: "linear" })
    .toColourspace("b-w")
    .raw()
    .toBuffer();
  return { width: to.width, height: to.height, grey: new Uint8Array(stretched) };
}
