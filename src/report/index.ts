/** Figures and pages from results. */
export { Html, html, trustedHtml } from "./html.ts";
export { writeRunReport } from "./run-report.ts";
export {
  aucFigure,
  type ClassScores,
  histogramFigure,
  type NamedInterval,
  type RocSeries,
  rocFigure,
} from "./score-figures.ts";
export { seriesColors, seriesStyle } from "./style.ts";
export { svgToPng } from "./svg-png.ts";
export { lossFigure, validationFigure } from "./training-figures.ts";
