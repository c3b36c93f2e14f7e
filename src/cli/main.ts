/**
 * The `oversight` command line. Commands load what they need when they run, so that help is quick and `doctor` works
 * where the native addon does not.
 */
import { Command, CommanderError } from "commander";
import { InputError, systemErrorCode } from "../base/errors.ts";
import { version } from "../base/version.ts";
import { dataCommand } from "./commands/data.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { reportCommand } from "./commands/report.ts";
import { trainCommand } from "./commands/train.ts";

const commands = [doctorCommand, dataCommand, trainCommand, evaluateCommand, reportCommand];

/** 2: what was given cannot be used. 70: a fault of the program, as in sysexits.h. */
const exitCodes = { input: 2, fault: 70, brokenPipe: 141 } as const;

/**
 * Runs one command and sets the process's exit code; throws nothing.
 * @param args without node and the script
 */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  catchWhatEscapes();
  try {
    await makeProgram().parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = reportError(error);
  }
}

function makeProgram(): Command {
  const program = new Command("oversight")
    .description("Teach image classifiers where to look, from people.")
    .version(version)
    .exitOverride()
    // Help goes out as it is; complaints are reported once, by reportError.
    .configureOutput({ outputError: () => {} });
  for (const make of commands) program.addCommand(inheriting(make(), program));
  return program;
}

/** Commander hands its settings down only to commands that it makes itself. */
function inheriting(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inheriting(child, command);
  return command;
}

/** Says what went wrong on stderr. @returns the exit code */
function reportError(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0; // help or version was asked for
    // Help for want of a command has been written already.
    if (error.code !== "commander.help") say(error.message.replace(/^error: /, "").replaceAll("\n", " "));
    return exitCodes.input;
  }
  if (error instanceof InputError) {
    say(error.message);
    return exitCodes.input;
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(`this is a fault of the program: ${trace}`);
  return exitCodes.fault;
}

function say(line: string): void {
  process.stderr.write(`oversight: ${line}\n`);
}

function catchWhatEscapes(): void {
  // Whoever read our output has gone (`oversight … | head`): stop without a word, as other programs do.
  const stopOnBrokenPipe = (error: Error) => {
    if (systemErrorCode(error) !== "EPIPE") throw error;
    process.exit(exitCodes.brokenPipe);
  };
  process.stdout.on("error", stopOnBrokenPipe);
  process.stderr.on("error", stopOnBrokenPipe);
  process.on("uncaughtException", (error) => process.exit(reportError(error)));
}
