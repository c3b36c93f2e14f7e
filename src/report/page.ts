/** The page around a report: one file, nothing fetched, nothing run. */
import { type Html, type HtmlValue, html, trustedHtml } from "./html.ts";
import { seriesColors } from "./style.ts";
import { styleSheet } from "./style-sheet.ts";

export interface Section {
  /** Its anchor. */
  id: string;
  title: string;
  body: HtmlValue;
}

/** A whole HTML document with a list of its sections at the top. Even if something slipped in, it could load nothing. */
export function page(title: string, opening: HtmlValue, sections: readonly Section[]): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${trustedHtml(styleSheet + darkSeries())}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${opening}
<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
<main>
${sections.map(({ id, title, body }) => html`<section id="${id}">\n<h2>${title}</h2>\n${body}\n</section>\n`)}
</main>
</body>
</html>
`;
}

/** A drawn figure with its caption, as one cell of a grid of figures. */
export function figure(svg: string, caption: HtmlValue): Html {
  return html`<figure class="plot">${trustedHtml(svg)}<figcaption>${caption}</figcaption></figure>`;
}

/** What stands in the place of a section that has nothing to show yet. */
export function absent(text: string): Html {
  return html`<p class="absent">${text}</p>`;
}

/** Figures are drawn for white; a dark page shows their lines in the palette's other half. */
function darkSeries(): string {
  const rules = seriesColors.map(
    ({ onLight, onDark }) => `[stroke="${onLight}"]{stroke:${onDark}}[fill="${onLight}"]{fill:${onDark}}`,
  );
  return `@media screen and (prefers-color-scheme:dark){${rules.join("")}}`;
}
