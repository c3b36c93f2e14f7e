/** The look of all figures: one palette, one type, one size. The report's style sheet is in style-sheet.ts. */

/**
 * The colours of series, each as drawn on white and as it is shown on a dark page. After Okabe & Ito's palette for colour
 * blindness, made darker where it would fade on white (3 : 1 at least against either ground).
 */
export const seriesColors: readonly { onLight: string; onDark: string }[] = [
  { onLight: "#0072b2", onDark: "#56b4e9" },
  { onLight: "#c8501e", onDark: "#ff9350" },
  { onLight: "#008a63", onDark: "#3fcfa0" },
  { onLight: "#a3478a", onDark: "#e79fcb" },
  { onLight: "#8a6508", onDark: "#e6b93c" },
  { onLight: "#4b4fb8", onDark: "#a3a8ff" },
];

/** Dashes begin where colours begin again, and help whoever cannot tell two colours apart. */
const dashes = ["none", "7 3", "2 3", "9 3 2 3"];

export interface SeriesStyle {
  color: string;
  /** An SVG stroke-dasharray. */
  dash: string;
}

/** The style of the series number `index`, 0 first: no two of the first 24 are alike. */
export function seriesStyle(index: number): SeriesStyle {
  return {
    color: seriesColors[index % seriesColors.length].onLight,
    // Neighbours differ in dash as well as in colour.
    dash: dashes[(index + Math.floor(index / seriesColors.length)) % dashes.length],
  };
}

export const fontFamily = "Inter, 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif";

/** In SVG units; a page shows a figure at this width or somewhat wider, and never so small that 12 units cannot be read. */
export const figureWidth = 400;
export const figureHeight = 270;
export const fontSize = 12;
