/** An experiment's results as page, tables and figures. */
export { type DataTable, markdownTable } from "./data-table.ts";
export { writeExperimentReport } from "./experiment-report.ts";
export { aucTable, comparisonTable } from "./tables.ts";
