/** An experiment's results as page, tables and figures. */

export { comparisonTable } from "./comparison-tables.ts";
export { type DataTable, markdownTable } from "./data-table.ts";
export { writeExperimentReport } from "./experiment-report.ts";
export { aucTable } from "./tables.ts";
