/** The data of the demonstration: parametric faces, simulated generators and annotators (docs/demo.md). */
export { ACCIDENT_SHARE_REAL, ACCIDENT_SHARE_SYNTHETIC, TRAINING_GENERATORS, UNSEEN_GENERATORS } from "./generators.ts";
export { DEFAULT_DEMO_DATA, type DemoData, type DemoDataOptions, LABELS, makeDemoData } from "./make.ts";
export { demoContactSheet } from "./sheet.ts";
