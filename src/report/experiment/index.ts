/** An experiment's results as page, tables and figures. */

export { pText, summaryText, threeDecimals, withPlus } from "./cells.ts";
export { writeExperimentReport } from "./experiment-report.ts";
export { mainSet } from "./figure-set.ts";
