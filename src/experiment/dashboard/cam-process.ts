/** A process beside the dashboard's server that computes CAMs, one at a time, until the server lets go of it. */
import { InputError } from "../../base/errors.ts";
import { type CamJob, computeCam } from "./cam-job.ts";
import type { Cam } from "./contract.ts";

export interface CamRequest extends CamJob {
  number: number;
}
export type CamReply = { number: number } & ({ cam: Cam } | { failure: string });

process.on("disconnect", () => process.exit(0));
// The terminal's Ctrl-C is the server's to hear.
process.on("SIGINT", () => {});
process.on("message", async ({ number, ...job }: CamRequest) => {
  const send = (reply: CamReply) => process.connected && process.send!(reply);
  try {
    send({ number, cam: await computeCam(job) });
  } catch (error) {
    send({ number, failure: error instanceof InputError ? error.message : String((error as Error).stack) });
  }
});
