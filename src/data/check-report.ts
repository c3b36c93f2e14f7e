/** The findings of `checkData` in words, for a terminal of any width from about 40 columns. */
import { type ClassSummary, type Count, type DataCheck, isHarmful, type SameContent } from "./check.ts";
import { fewestToJudge, type Shortcut } from "./shortcuts.ts";

/** Longer lists are cut, except that of unreadable images, which somebody has to mend one by one. */
const longestList = 20;

/** @param width columns that lines are wrapped to; a path longer than that keeps its line */
export function renderCheck(check: DataCheck, width = 80): string {
  const harm = describeHarm(check);
  const warnings = describeWarnings(check);
  const lines = [
    `${check.manifest}: ${amount(check.images, "image")}; classes ${check.classes.join(", ")}`,
    ...check.notes.map((note) => `note: ${note}`),
    "",
    ...check.splits.flatMap(({ split, classes, shortcuts }) => [
      ...[split, ...classes.flatMap(describeClass)],
      ...(shortcuts === null ? [`  fewer than ${fewestToJudge} a class: too few to look for shortcuts`] : []),
      "",
    ]),
    ...(harm.length === 0 ? [] : ["Harmful:", ...harm, ""]),
    ...(warnings.length === 0 ? [] : ["Warnings:", ...warnings, ""]),
    `${isHarmful(check) ? "Mend this before training or evaluating." : "Nothing harmful found."}${
      warnings.length === 0 ? "" : " Mind the warnings."
    }`,
  ];
  return `${lines.map((line) => wrap(line, width)).join("\n")}\n`;
}

function describeClass({ label, images, guided, formats, sizes, medianBytes }: ClassSummary): string[] {
  return [
    `  ${label}: ${amount(images, "image")}${guided === 0 ? "" : `, ${guided} with a human map`}`,
    ...(medianBytes === null
      ? []
      : [
          `    formats: ${describeCounts(formats)}`,
          `    sizes: ${describeCounts(sizes)}`,
          `    file size: median ${(medianBytes / 1000).toFixed(1)} kB`,
        ]),
  ];
}

function describeCounts(counts: readonly Count[]): string {
  const shown = counts.slice(0, 3).map(({ name, images }) => (counts.length === 1 ? name : `${name} (${images})`));
  const more = counts.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function describeHarm({ untrainable, unreadable, maps, sameContent, sameSubject }: DataCheck): string[] {
  const reasons = (faults: readonly { line: number; reason: string }[]) =>
    faults.map(({ line, reason }) => `line ${line}: ${reason}`);
  return [
    ...(untrainable === null ? [] : [`- ${untrainable}`]),
    ...list("images that cannot be read", reasons(unreadable), Number.POSITIVE_INFINITY),
    ...list("maps that are not there", reasons(maps.missing)),
    ...list("maps that cannot be used", reasons(maps.unusable)),
    ...list("maps of another shape than their image", reasons(maps.aspect)),
    ...list("pictures that are in several splits or have several labels", sameContent.map(describeSame)),
    ...list(
      "subjects that are in several splits",
      sameSubject.map(({ subject, images }) => {
        const counts = Object.entries(images).map(([split, count]) => `${split} (${count})`);
        return `${subject}: ${counts.join(", ")}`;
      }),
    ),
  ];
}

function describeSame({ bytes, rows }: SameContent): string {
  const places = rows.map(({ line, name, split, label }) => `${name} (line ${line}, ${split}, ${label})`);
  return `${bytes ? "same file" : "same pixels in different files"}: ${places.join(" = ")}`;
}

function describeWarnings({ maps, repeats, splits }: DataCheck): string[] {
  const places = (rows: readonly { line: number; name: string }[]) =>
    rows.map(({ line, name }) => `line ${line}: ${name}`);
  const mapped = maps.good + maps.blank.length + maps.missing.length + maps.unusable.length + maps.aspect.length;
  return [
    ...splits.flatMap(({ split, shortcuts }) => (shortcuts ?? []).map((shortcut) => describeShortcut(split, shortcut))),
    ...(mapped > 0 && maps.trainingWithout > 0
      ? [`- ${amount(maps.trainingWithout, "training image")} without a map: trained on, not guided`]
      : []),
    ...list("blank maps, which guide nothing", places(maps.blank)),
    ...list("images that repeat another of their split and label", places(repeats)),
  ];
}

function describeShortcut(split: string, { statistic, label, rule, balancedAccuracy, auc }: Shortcut): string {
  const right = `balanced accuracy ${balancedAccuracy.toFixed(2)}`;
  const how = auc === undefined ? right : `AUC ${auc.toFixed(2)}, ${right}`;
  return `- shortcut in ${split}: ${statistic} alone tells ${label} from the rest (${how}): ${rule}`;
}

function list(title: string, items: readonly string[], longest = longestList): string[] {
  if (items.length === 0) return [];
  const shown = items.slice(0, longest).map((item) => `    ${item}`);
  const more = items.length - shown.length;
  return [`- ${title}: ${items.length}`, ...shown, ...(more > 0 ? [`    and ${more} more; --json lists all`] : [])];
}

function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Breaks between words; what follows stands two columns further in than the line. */
function wrap(line: string, width: number): string {
  const indent = /^ */.exec(line)![0];
  const wrapped: string[] = [];
  let current = "";
  for (const word of line.slice(indent.length).split(" ")) {
    if (current !== "" && current.length + 1 + word.length > width) {
      wrapped.push(current);
      current = `${indent}  ${word}`;
    } else current = current === "" ? `${indent}${word}` : `${current} ${word}`;
  }
  return [...wrapped, current].join("\n");
}
