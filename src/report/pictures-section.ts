/** Where the network looked: mean class activation maps and overlays, by test set and class. */
import { groupBy } from "../base/group-by.ts";
import { type Html, type HtmlValue, html } from "./html.ts";
import { absent, type Section } from "./page.ts";
import type { Picture } from "./run-contents.ts";

export function picturesSection(pictures: readonly Picture[] | null): Section {
  const head = { id: "maps", title: "Where the network looked" };
  if (pictures === null || pictures.length === 0)
    return {
      ...head,
      body: absent("No class activation maps have been drawn yet: there are none in maps/index.json."),
    };
  const ofKind = (kind: Picture["kind"]) => pictures.filter((picture) => picture.kind === kind);
  const body = html`
<p>A class activation map shows which places of an image spoke for a class. Each map is stretched from its own lowest value (0)
to its own highest (1), so colours tell where, not how much.</p>
<div class="scale"><span>0</span><span class="bar" role="img" aria-label="Colours from dark violet for 0 over green to yellow for 1"></span><span>1</span></div>
${gallery("Mean maps", "The average over all images of a class: what the network looks at as a rule.", ofKind("mean-cam"))}
${gallery("Single images", "Maps laid over the images they belong to.", ofKind("overlay"))}
`;
  return { ...head, body };
}

function gallery(title: string, text: string, pictures: readonly Picture[]): HtmlValue {
  if (pictures.length === 0) return html`<h3>${title}</h3>${absent("There are none.")}`;
  const groups = groupBy(pictures, ({ testSet }) => testSet);
  return html`<h3>${title}</h3>
<p>${text}</p>
${[...groups].map(([testSet, group]) => html`<h4>${testSet}</h4>\n<div class="pictures">${group.map(pictureFigure)}</div>\n`)}`;
}

function pictureFigure({ png, caption, label, score }: Picture): Html {
  return html`<figure><img src="data:image/png;base64,${png.toString("base64")}" alt="${`${label}: ${caption}`}">
<figcaption><strong>${label}</strong>: ${caption}${
    score !== undefined && html` <span class="number">(score ${score.toFixed(2)})</span>`
  }</figcaption></figure>
`;
}
