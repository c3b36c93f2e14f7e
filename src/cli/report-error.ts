/** How errors end a command: the words on stderr and the exit code. */
import { CommanderError } from "commander";
import { exitFullDisk, FullDiskError, InputError } from "../base/errors.ts";

/** 2: what was given cannot be used. 70: a fault of the program, as in sysexits.h. */
const exitCodes = { input: 2, fault: 70 } as const;

/**
 * One line for what a person can mend, a stack trace for a fault of the program.
 * @param say takes the words
 * @returns the exit code
 */
export function reportError(error: unknown, say: (words: string) => void): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0; // help or version was asked for
    // Help for want of a command has been written already.
    if (error.code !== "commander.help") say(error.message.replace(/^error: /, "").replaceAll("\n", " "));
    return exitCodes.input;
  }
  if (error instanceof InputError) {
    say(error.message);
    return error instanceof FullDiskError ? exitFullDisk : exitCodes.input;
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(`this is a fault of the program: ${trace}`);
  return exitCodes.fault;
}
