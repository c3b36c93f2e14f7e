/** A new study's folder: a `study.yaml` in which every setting stands with its default and a line of explanation. */
import { existsSync, rmSync } from "node:fs";
import { basename, isAbsolute, relative, resolve } from "node:path";
import { InputError } from "../base/errors.ts";
import { writeFileAtomic } from "../base/files.ts";
import { nearest } from "../base/suggest.ts";
import { readManifest } from "../data/manifest.ts";
import { consentTemplate } from "./consent-template.ts";
import { readStudy, type Study } from "./study-file.ts";
import { studyPaths } from "./study-folder.ts";

export interface NewStudy {
  /** Manifest of the images to be judged; relative to the current folder, as all paths of flags are. */
  images: string;
  /** Manifests for practice and catch trials. */
  practice?: string | undefined;
  catch?: string | undefined;
  /** The folder's name without it. */
  name?: string | undefined;
  title?: string | undefined;
  /** The label that is asked for; the last of the labels, sorted, without it. */
  target?: string | undefined;
  /** The words of the question. */
  question?: string | undefined;
  /** Counts images that are read. */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

const wishedTrials = { main: 20, practice: 2, catch: 2 } as const;

/**
 * Writes `study.yaml` into a new or existing folder and reads the study back.
 * @throws InputError, with no `study.yaml` left, when there is one already, or when the manifests do not make a study
 */
export async function initStudy(folder: string, given: NewStudy): Promise<Study> {
  const { protocol: file, folder: root } = studyPaths(folder);
  if (existsSync(file)) throw new InputError(`${file} is there already; a new study needs another folder`);
  const text = studyTemplate(settingsOf(root, given));
  writeFileAtomic(file, text);
  try {
    return await readStudy(folder, given.onProgress);
  } catch (error) {
    // The same command, with the fault mended, is to find the place free.
    rmSync(file, { force: true });
    throw error;
  }
}

interface TemplateSettings {
  name: string;
  title: string;
  manifest: string;
  practice: string | undefined;
  catch: string | undefined;
  labels: readonly string[];
  target: string;
  question: string;
  trials: { main: number; practice: number; catch: number };
}

function settingsOf(folder: string, given: NewStudy): TemplateSettings {
  const name = given.name ?? nameFrom(basename(folder));
  const { samples, classes } = readManifest(given.images);
  const target = given.target ?? classes[classes.length - 1];
  if (!classes.includes(target)) {
    throw new InputError(
      `target: no image of ${given.images} has the label "${target}"${nearest(target, classes)}; there are ${classes.join(", ")}`,
    );
  }
  const pairsIn = (list: typeof samples) => {
    const targets = list.filter(({ label }) => label === target).length;
    return Math.min(targets, list.length - targets);
  };
  const pairs = pairsIn(samples);
  const pairsOf = (manifest: string | undefined) =>
    manifest === undefined ? undefined : pairsIn(readManifest(manifest).samples);
  // Without images of their own, practice trials take theirs from the main ones; most must remain.
  const practice = Math.min(wishedTrials.practice, pairsOf(given.practice) ?? Math.floor(pairs / 5));
  const main = Math.min(wishedTrials.main, given.practice === undefined ? pairs - practice : pairs);
  const written = (path: string) => (isAbsolute(path) ? path : relative(folder, resolve(path)));
  return {
    name,
    title: given.title ?? name,
    manifest: written(given.images),
    practice: given.practice === undefined ? undefined : written(given.practice),
    catch: given.catch === undefined ? undefined : written(given.catch),
    labels: classes,
    target,
    question: given.question ?? `Which image is ${target.toLowerCase()}?`,
    trials: { main, practice, catch: Math.min(wishedTrials.catch, main, pairsOf(given.catch) ?? 0) },
  };
}

function nameFrom(folder: string): string {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[^a-z]+|-+$/g, "")
    .slice(0, 40);
  if (name === "") throw new InputError(`name: none can be made from the folder's name "${folder}"; give one`);
  return name;
}

/** A text as YAML: double quotes as JSON has them. */
const quoted = (text: string) => JSON.stringify(text);
const indented = (text: string) => text.trimEnd().replaceAll(/^(?=.)/gm, "    ");
/** A setting, or its place where there is none. */
const optional = (key: string, value: string | undefined, example: string) =>
  value === undefined ? `# ${key}: ${example}` : `${key}: ${quoted(value)}`;

export function studyTemplate(settings: TemplateSettings): string {
  const { trials, labels } = settings;
  const catchRule =
    trials.catch > 0 ? "- { rule: failed-catch, moreThan: 0 }" : "# - { rule: failed-catch, moreThan: 0 }";
  return `# A study for \`oversight study\`. Each setting stands here with its default, or commented out where it has none.
# Edit, then: oversight study serve .   Once somebody has taken part, do not change images, question or pairs.

# Names the study in the database and in exports: lower-case letters, digits and -.
name: ${quoted(settings.name)}
# What participants see.
title: ${quoted(settings.title)}
# Of the pages, as a language tag: en, de, pt-BR, …
language: en
# A YAML file with the pages' texts, to translate or reword them; relative to this folder.
# texts: texts.yaml

images:
  # CSV of the images to be judged: split,label,path[,saliency][,source][,subject]. All of its splits are used.
  # Paths are relative to this folder, or absolute.
  manifest: ${quoted(settings.manifest)}
  # Images for practice trials. Without a manifest, main images are set aside for them and not judged otherwise.
  ${optional("practice", settings.practice, "practice.csv")}
  # Images for catch trials, whose answer anybody who looks must see. Catch trials need such a manifest.
  ${optional("catch", settings.catch, "catch.csv")}
  # Larger images are shown reduced to so many pixels on their longest side.
  longestSide: 1024

question:
  # Asked about every pair.
  text: ${quoted(settings.question)}
  # The label of the image that is to be chosen. There are: ${labels.join(", ")}
  target: ${quoted(settings.target)}

# Main trials of each participant, by what the pair shows. Only the first kind has a right answer.
# A participant sees no image twice.
pairs:
  # One image with the target label, one without.
  targetOther: ${trials.main}
  # Both with it.
  targetTarget: 0
  # Both without it.
  otherOther: 0

# Participants are spread evenly over these groups; each participant is in one.
conditions: [choice-only, choice-and-mark]
# Judgements wanted of each image in each condition.
targetJudgements: 6
# Trials at the beginning, after which the participant is told the answer.
practiceTrials: ${trials.practice}
# Trials among the others that show who does not look.
catchTrials: ${trials.catch}
# Milliseconds that both images are seen before a choice is taken.
minimumLookingMs: 500

# In the condition choice-and-mark.
marking:
  # Which image is marked: chosen, or both.
  on: chosen
  # The least share of the image that must be marked, 0 to 0.5.
  leastArea: 0.005
  # The least number of separate regions, 1 to 20.
  leastRegions: 1

# A rest is offered after so many trials; 0 for none.
restEvery: 20
# Whoever stays away for longer has dropped out, and others get their open trials.
resumeWithinHours: 24

consent:
  # Recorded with each participant's agreement. Change it with the text.
  version: "1"
  text: |
${indented(consentTemplate)}
  # What becomes of the records of whoever withdraws: delete, or keep.
  withdrawal: delete

# Questions before and after the trials. Each has an id, a text, a type (text, long-text, number, one-of, some-of) and
# whether an answer is required (default true); one-of and some-of have options, number may have least and greatest.
# "eligible", only before, lets none but those take part who answer so: options, or least and greatest.
questions:
  before:
    - id: age
      text: How old are you?
      type: number
      least: 0
      greatest: 120
      eligible: { least: 18 }
  after:
    - id: remarks
      text: What did you look for in the images? Is there anything you want to tell us?
      type: long-text
      required: false

recruitment:
  # Where participants come from: link (anybody with the link), prolific or mturk.
  platform: link
  # Prolific's completion code; other participants get a code of their own.
  # completionCode: C1ABCDEF
  # Where "return" leads at the end; {code} stands for the code.
  # returnUrl: "https://app.prolific.com/submissions/complete?cc={code}"

# Whose trials are left out of the analysis. The first rule that applies counts.
exclusions:
  # Who has not finished.
  - { rule: incomplete }
  # Who was wrong in more catch trials.
  ${catchRule}
  # Whose median response time lies below.
  # - { rule: too-fast, medianBelowMs: 800 }
  # Who chose one side in a greater share of the main trials.
  # - { rule: one-side, shareAbove: 0.9 }
  # Whose page lost focus more often.
  # - { rule: distracted, blurredMoreThan: 20 }

# Of everything random: who gets which pairs, in which order.
seed: 1
`;
}
