/** `oversight maps`: maps that are not human, or not of their image, for the paper's baselines and for controls. */
import { Command, Option } from "commander";
import { InputError } from "../../base/errors.ts";
import { startProgress } from "../../base/progress.ts";
import type { MapsInput, NonHumanMapsSummary } from "../../experiment/maps/write-maps.ts";
import { type FaceRegion, faceRegions } from "../../saliency/non-human/face-regions.ts";
import { integer } from "../flag-values.ts";
import { helpNote } from "../help-note.ts";

interface CommonFlags {
  to: string;
  imageRoot?: string;
  mapRoot?: string;
}

export function mapsCommand(): Command {
  return new Command("maps")
    .description("Make maps that are not human: masks of the face, a centre bias, human maps of other images.")
    .addCommand(landmarksCommand())
    .addCommand(masksCommand())
    .addCommand(centreCommand())
    .addCommand(shuffleCommand())
    .addHelpText(
      "after",
      helpNote(
        "masks, centre and shuffle write a folder of grey PNGs with a manifest.csv that `oversight train` reads as it is.",
      ),
    );
}

function landmarksCommand(): Command {
  return new Command("landmarks")
    .description("Find 68 landmarks in each image of a face, for `maps masks`; the same command goes on where it was.")
    .argument("<manifest>", "CSV of images, as `oversight train` reads it")
    .requiredOption("--to <csv>", "where they go: path,x0,y0,…,x67,y67, in pixels")
    .option("--image-root <folder>", "what image paths are relative to; the manifest's folder without it")
    .action(async (manifest: string, { to, imageRoot }: CommonFlags) => {
      const { findLandmarks } = await import("../../experiment/maps/find-landmarks.ts");
      const { openLandmarkFinder } = await import("../../experiment/maps/landmark-finder.ts");
      const find = await openLandmarkFinder();
      const progress = startProgress();
      const onProgress = (done: number, total: number) => progress.update("landmarks", done, total);
      try {
        const { found, without } = await findLandmarks({ manifest, imageRoot, to, find, onProgress });
        progress.end();
        for (const name of without) process.stderr.write(`no face found: ${name}\n`);
        if (found === 0) throw new InputError(`${manifest}: no face was found in any of its images`);
        process.stdout.write(
          `${found} images with landmarks, ${without.length} without a face\n` +
            `next: oversight maps masks ${manifest} --landmarks ${to} --region features --to FOLDER\n`,
        );
      } finally {
        progress.end();
      }
    });
}

function masksCommand(): Command {
  return common(new Command("masks").description("White where the face, or a region of it, is."))
    .option(
      "--labels <folder>",
      "label images, one a part, as CelebAMask-HQ has them: 00000_l_eye.png, 00000_skin.png, …",
    )
    .option("--landmarks <csv>", "68 landmarks an image in pixels: path,x0,y0,…,x67,y67")
    .addOption(
      new Option("--region <name>", "face: all of it; features: eyes, nose, mouth; skin: the face without those")
        .choices(faceRegions)
        .default("face"),
    )
    .option("--only-mapped", "only for images that MANIFEST has a map of")
    .action(
      async (
        manifest: string,
        flags: CommonFlags & { labels?: string; landmarks?: string; region: FaceRegion; onlyMapped?: true },
      ) => {
        const { makeMasks } = await import("../../experiment/maps/mask-maps.ts");
        const source = maskSource(flags);
        const { region, onlyMapped } = flags;
        await show((input) => makeMasks({ ...input, source, region, onlyMapped }), manifest, flags);
      },
    );
}

function maskSource({ labels, landmarks }: { labels?: string; landmarks?: string }) {
  if (labels !== undefined && landmarks === undefined) return { labels };
  if (landmarks !== undefined && labels === undefined) return { landmarks };
  throw new InputError(
    "masks are made from --labels FOLDER or from --landmarks CSV: give one (`oversight maps landmarks` finds landmarks)",
  );
}

function centreCommand(): Command {
  return common(new Command("centre").description("The same Gaussian about the middle for all images."))
    .option("--sigma <share>", "standard deviation as a share of the width, above 0 and at most 1", "0.2")
    .option("--only-mapped", "only for images that MANIFEST has a map of")
    .action(async (manifest: string, flags: CommonFlags & { sigma: string; onlyMapped?: true }) => {
      const { makeCentreMaps } = await import("../../experiment/maps/centre-maps.ts");
      const sigma = Number(flags.sigma);
      if (!(sigma > 0 && sigma <= 1))
        throw new InputError(`--sigma: expected a share of the width, above 0 and at most 1, found ${flags.sigma}`);
      await show((input) => makeCentreMaps({ ...input, onlyMapped: flags.onlyMapped, sigma }), manifest, flags);
    });
}

function shuffleCommand(): Command {
  return common(new Command("shuffle").description("MANIFEST's human maps, each given to another image of its split."))
    .option("--seed <n>", "of who gets whose", "1")
    .option("--within-label", "only among images of the same label")
    .action(async (manifest: string, flags: CommonFlags & { seed: string; withinLabel?: true }) => {
      const { makeShuffledMaps } = await import("../../experiment/maps/shuffled-maps.ts");
      const seed = integer("--seed", flags.seed, 0);
      await show((input) => makeShuffledMaps({ ...input, withinLabel: flags.withinLabel, seed }), manifest, flags);
    });
}

function common(command: Command): Command {
  return command
    .argument("<manifest>", "CSV of images, as `oversight train` reads it")
    .requiredOption("--to <folder>", "where maps and manifest go")
    .option("--image-root <folder>", "what image paths are relative to; the manifest's folder without it")
    .option("--map-root <folder>", "what map paths are relative to, or where maps have their images' names");
}

/** Makes the maps with a line of progress, and prints what was made. */
async function show(
  make: (input: MapsInput) => Promise<NonHumanMapsSummary>,
  manifest: string,
  { to, imageRoot, mapRoot }: CommonFlags,
): Promise<void> {
  const { renderSummary } = await import("../../experiment/maps/write-maps.ts");
  const progress = startProgress();
  const onProgress = (done: number, total: number) => progress.update("maps", done, total);
  try {
    const summary = await make({ manifest, imageRoot, mapRoot, folder: to, onProgress });
    progress.end();
    process.stdout.write(`${renderSummary(summary)}train with --data ${to}/manifest.csv\n`);
  } finally {
    progress.end();
  }
}
