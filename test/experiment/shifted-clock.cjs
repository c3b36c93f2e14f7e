/**
 * Preloaded into a process and its children (NODE_OPTIONS=--require …): the wall clock is so many seconds off, from so
 * many seconds after the process's start on. CLOCK_OFFSET=-3600 CLOCK_JUMPS_AT=4
 */
const offset = Number(process.env.CLOCK_OFFSET) * 1000;
const jumpsAt = Number(process.env.CLOCK_JUMPS_AT) * 1000;
const RealDate = Date;
const now = () => RealDate.now() + (performance.now() >= jumpsAt ? offset : 0);
globalThis.Date = class ShiftedDate extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(now());
    else super(...given);
  }
  static now() {
    return now();
  }
};
