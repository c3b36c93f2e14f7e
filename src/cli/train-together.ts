/** Training as one of the processes that `launch-processes.ts` has started. */
import { ProcessLostError } from "../torch/process-group.ts";
import type { Place } from "../training/place.ts";
import type { PreparedRun } from "../training/prepare.ts";
import { joinGroup } from "../training/rendezvous.ts";
import { type TrainingInput, type TrainingOutcome, train } from "../training/train.ts";
import type { Message } from "./launch-processes.ts";

/**
 * Meets the others, then trains.
 * @param onWait told what is waited for
 * @returns `lost` when another process is gone; whoever started this one was told so
 */
export async function trainTogether(
  prepared: PreparedRun,
  input: TrainingInput,
  place: Place,
  onWait: (what: string) => void,
): Promise<TrainingOutcome | "lost"> {
  await tellStarter({ kind: "prepared" });
  try {
    const group = await joinGroup(prepared, place, { onWait, stopped: input.stopped });
    if (group === undefined) return { finished: false, best: null };
    try {
      return await group.together(() => train({ ...input, group }));
    } finally {
      group.close();
    }
  } catch (error) {
    if (!(error instanceof ProcessLostError)) throw error;
    await tellStarter({ kind: "lost", reason: error.message });
    return "lost";
  }
}

/** Over the channel; where the other end is gone there is nobody to tell. */
function tellStarter(message: Message): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}
