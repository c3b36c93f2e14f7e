/** A study's records as files for other programs. */
export {
  type ExportKind,
  type ExportSource,
  type ExportSummary,
  exportKinds,
  exportStudy,
} from "./export-study.ts";
