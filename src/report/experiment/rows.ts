/** What the rows of all tables begin and end with: text, and the runs that they rest on. */
import type { ExperimentResults } from "../../experiment/results/index.ts";
import { textCell } from "./cells.ts";
import type { TableColumn } from "./data-table.ts";

/** The anchor of the runs of an arm with a network. */
export const runsAnchor = ({ arms, networks }: ExperimentResults, arm: string, network: string) =>
  `runs-${networks.indexOf(network)}-${arms.findIndex(({ name }) => name === arm)}`;

export const runsLink = (results: ExperimentResults, arm: string, network: string) =>
  `#${runsAnchor(results, arm, network)}`;

export const textColumn = (head: string): TableColumn => ({ head, text: true });
/** Which runs a row rests on. */
export const idsColumn: TableColumn = { head: "Run ids", csvOnly: true };
export const idsCell = (runs: readonly string[]) => textCell(runs.join(" "));
export const across = ({ level }: ExperimentResults) => `${Number((100 * level).toPrecision(6))}%`;
