/** What the service's processes say to one another. */
import type { ServiceLimits } from "./service.ts";

/** What a worker is to do, in its environment as JSON. */
export interface WorkerSettings {
  detector: string;
  host: string;
  port: number;
  threads: number;
  /** File of the keys. */
  keys: string | undefined;
  limits: Partial<ServiceLimits>;
}
export const settingsVariable = "OVERSIGHT_SERVICE";

export type ToWorker = { oversight: "stop" } | { oversight: "metrics"; id: number; text: string | undefined };
export type FromWorker = { oversight: "failed"; message: string } | { oversight: "metrics"; id: number };
