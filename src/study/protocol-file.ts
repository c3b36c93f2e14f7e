/** `study.yaml` as text: read, held against the schema, and what the schema cannot say checked. */
import { parse as parseYaml } from "yaml";
import { type ZodType, z } from "zod";
import { InputError, inOneLine } from "../base/errors.ts";
import { readTextFile } from "../base/files.ts";
import { checkSchema } from "../base/schema.ts";
import { nearest } from "../base/suggest.ts";
import { imagesNeeded } from "./assignment.ts";
import { english } from "./contract/texts.ts";
import { type Protocol, protocolSchema, type Question } from "./protocol.ts";

/** More than half of an image marks nothing. */
const greatestLeastArea = 0.5;

/** @throws InputError, one line with file and field: see `parseProtocol` */
export function readProtocol(file: string): Protocol {
  return parseProtocol(readTextFile(file), file);
}

/**
 * @param place what errors call the text
 * @throws InputError when the text is not YAML, has a setting that does not exist, a value that is not allowed, or
 * settings that contradict one another
 */
export function parseProtocol(text: string, place: string): Protocol {
  const given = readYaml(text, place);
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new InputError(`${place}: expected settings, \`name: value\` line by line`);
  }
  refuseUnknown(protocolSchema, given, place);
  const protocol = checkSchema(protocolSchema, given, place);
  const fault = contradiction(protocol);
  if (fault !== undefined) throw new InputError(`${place}: ${fault}`);
  return protocol;
}

const textsSchema = z.record(z.string(), z.string());

/**
 * The pages' texts in another wording or language: YAML, `name: text` line by line.
 * @throws InputError naming the file when it cannot be read or holds anything else
 */
export function readTexts(file: string): Record<string, string> {
  const texts = checkSchema(textsSchema, readYaml(readTextFile(file), file), file);
  const names = Object.keys(english);
  const unknown = Object.keys(texts).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const place = "src/study/contract/texts.ts";
    throw new InputError(`${file}: the pages have no text "${unknown}"${nearest(unknown, names)}; ${place} lists them`);
  }
  return texts;
}

/** @throws InputError naming the place, with line and column */
function readYaml(text: string, place: string): unknown {
  try {
    return parseYaml(text, { logLevel: "error" });
  } catch (error) {
    throw new InputError(`${place}: not YAML: ${(error as Error).message.split("\n")[0].replace(/:$/, "")}`);
  }
}

/** The schema would name unknown keys, but not what they may have been meant for. */
function refuseUnknown(schema: ZodType, given: unknown, place: string): void {
  const checked = schema.safeParse(given);
  for (const issue of checked.error?.issues ?? []) {
    if (issue.code !== "unrecognized_keys") continue;
    const known = keysAt(schema, issue.path);
    const path = inOneLine([...issue.path, issue.keys[0]].join("."));
    const list = known.length > 0 ? `; there are ${known.join(", ")}` : "";
    throw new InputError(`${place}: unknown setting ${path}${nearest(issue.keys[0], known)}${list}`);
  }
}

/** The parts of zod's definitions that lead from a schema to those inside it. */
interface Definition {
  shape?: Record<string, ZodType>;
  innerType?: ZodType;
  element?: ZodType;
}

/** The keys of the object at a path; none where the way leads through alternatives. */
function keysAt(schema: ZodType, path: readonly PropertyKey[]): string[] {
  const definition = schema.def as Definition;
  if (definition.innerType !== undefined) return keysAt(definition.innerType, path);
  if (path.length === 0) return Object.keys(definition.shape ?? {});
  const [key, ...rest] = path;
  const next = typeof key === "number" ? definition.element : definition.shape?.[String(key)];
  return next === undefined ? [] : keysAt(next, rest);
}

/** The first contradiction between settings, as `field: what is wrong`. */
function contradiction(protocol: Protocol): string | undefined {
  const { images, practiceTrials, catchTrials, pairs, marking, language, recruitment } = protocol;
  try {
    Intl.getCanonicalLocales(language);
  } catch {
    return `language: "${language}" is no language tag; examples are en, de, pt-BR`;
  }
  if (catchTrials > 0 && images.catch === undefined) {
    return `catchTrials: ${catchTrials} are asked for, but images.catch names no manifest for them; name one, or set catchTrials: 0`;
  }
  const main = pairs.targetOther + pairs.targetTarget + pairs.otherOther;
  if (catchTrials > main) {
    return `catchTrials: ${catchTrials} cannot be apart among ${main} main trials; at most as many as those`;
  }
  if (practiceTrials === 0 && images.practice !== undefined) {
    return "practiceTrials: 0, but images.practice names a manifest; ask for trials or leave it out";
  }
  if (catchTrials === 0 && images.catch !== undefined) {
    return "catchTrials: 0, but images.catch names a manifest; ask for trials or leave it out";
  }
  if (marking.leastArea > greatestLeastArea) {
    return `marking.leastArea: ${marking.leastArea} is more than ${greatestLeastArea}: whoever marks most of an image marks nothing`;
  }
  if (recruitment.platform === "prolific" && recruitment.completionCode === undefined) {
    return "recruitment.completionCode: Prolific needs the code that it shows when you set the study up there";
  }
  if (recruitment.platform !== "prolific" && recruitment.completionCode !== undefined) {
    return `recruitment.completionCode: only Prolific takes one code for all; with ${recruitment.platform} each participant gets a code of their own`;
  }
  return questionFault(protocol.questions) ?? exclusionFault(protocol);
}

function questionFault({ before, after }: Protocol["questions"]): string | undefined {
  const ids = new Set(before.map(({ id }) => id));
  const twice = after.findIndex(({ id }) => ids.has(id));
  if (twice >= 0) return `questions.after.${twice}.id: "${after[twice].id}" is the id of a question before the trials`;
  for (const [form, questions] of Object.entries({ before, after })) {
    for (const [index, question] of questions.entries()) {
      const fault = faultOf(question, form === "before");
      if (fault !== undefined) return `questions.${form}.${index} (${question.id}): ${fault}`;
    }
  }
  return undefined;
}

function faultOf(
  { type, options, least, greatest, required, eligible }: Question,
  before: boolean,
): string | undefined {
  const bounded = (bounds: { least?: number | undefined; greatest?: number | undefined }) =>
    bounds.least !== undefined || bounds.greatest !== undefined;
  const empty = (from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY) => from > to;
  if (bounded({ least, greatest }) && type !== "number") return `least and greatest belong to type number, not ${type}`;
  if (empty(least, greatest)) return `least ${least} is more than greatest ${greatest}`;
  const same = options?.find((option, index) => options.indexOf(option) < index);
  if (same !== undefined) return `the option "${same}" is there twice`;
  if (eligible === undefined) return undefined;
  if (!before) return "eligible: only questions before the trials can decide who takes part";
  if (!required) return "eligible: a question that decides who takes part must be required";
  if (eligible.options === undefined && !bounded(eligible)) {
    return "eligible: names nothing; give options, or least or greatest";
  }
  if (eligible.options !== undefined) {
    if (options === undefined) return `eligible.options: a question of type ${type} has no options`;
    const unknown = eligible.options.find((option) => !options.includes(option));
    if (unknown !== undefined) {
      return `eligible.options: "${unknown}" is none of the question's options${nearest(unknown, options)}`;
    }
  }
  if (bounded(eligible) && type !== "number") return `eligible: least and greatest belong to type number, not ${type}`;
  if (empty(eligible.least, eligible.greatest)) {
    return `eligible: least ${eligible.least} is more than greatest ${eligible.greatest}`;
  }
  if (empty(least, eligible.greatest) || empty(eligible.least, greatest)) {
    return "eligible: no answer that the question takes is eligible";
  }
  return undefined;
}

function exclusionFault({ exclusions, catchTrials }: Protocol): string | undefined {
  for (const [index, exclusion] of exclusions.entries()) {
    const place = `exclusions.${index} (${exclusion.rule})`;
    if (exclusions.findIndex(({ rule }) => rule === exclusion.rule) < index) return `${place}: the rule is there twice`;
    if (exclusion.rule === "failed-catch" && catchTrials > 0 && exclusion.moreThan >= catchTrials) {
      return `${place}: moreThan ${exclusion.moreThan} can never be, there are ${catchTrials} catch trials`;
    }
    if (exclusion.rule === "one-side" && (exclusion.shareAbove < 0.5 || exclusion.shareAbove >= 1)) {
      return `${place}: shareAbove must be from 0.5 to below 1, not ${exclusion.shareAbove}: one side always has half of the choices, never more than all`;
    }
  }
  return undefined;
}

/** @throws InputError naming the setting when labels or numbers of images do not do for one participant */
export function requireEnoughImages(
  protocol: Protocol,
  images: readonly { role: "main" | "practice" | "catch"; isTarget: boolean }[],
  place: string,
): void {
  const needed = imagesNeeded(protocol);
  for (const role of ["main", "practice", "catch"] as const) {
    for (const label of ["target", "other"] as const) {
      const wanted = needed[role][label];
      const there = images.filter((image) => image.role === role && image.isTarget === (label === "target")).length;
      if (there >= wanted) continue;
      const setting = role === "main" ? "pairs" : `${role}Trials`;
      const kind = `with${label === "target" ? "" : "out"} the label "${protocol.question.target}"`;
      throw new InputError(
        `${place}: ${setting}: a participant would need ${wanted} ${role} images ${kind}, there are ${there}`,
      );
    }
  }
}
