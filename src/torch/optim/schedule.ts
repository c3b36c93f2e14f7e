/** Learning rates by epoch: pure functions of the epoch's number, so that a resumed run needs no state. */

export type Schedule =
  /** × `factor` every `every` epochs (torch.optim.lr_scheduler.StepLR). */
  | { kind: "step"; every: number; factor: number }
  /** From the base rate to 0 along half a cosine (CosineAnnealingLR). */
  | { kind: "cosine" }
  | { kind: "constant" };

/** The rate of epoch `epoch`, counted from 0, of `epochs`. */
export function learningRate(schedule: Schedule, base: number, epoch: number, epochs: number): number {
  switch (schedule.kind) {
    case "step":
      return base * schedule.factor ** Math.floor(epoch / schedule.every);
    case "cosine":
      return (base * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2;
    case "constant":
      return base;
  }
}
