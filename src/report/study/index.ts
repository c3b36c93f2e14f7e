/** The report of a study. */
export { studyReport, writeStudyReport } from "./study-report.ts";
