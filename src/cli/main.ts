/**
 * The `oversight` command line. Commands load what they need when they run, so that help is quick and `doctor` works
 * where the native addon does not.
 */
import { Command } from "commander";
import { systemErrorCode } from "../base/errors.ts";
import { version } from "../base/version.ts";
import { dashboardCommand } from "./commands/dashboard.ts";
import { dataCommand } from "./commands/data.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { experimentCommand } from "./commands/experiment.ts";
import { exportCommand } from "./commands/export.ts";
import { mapsCommand } from "./commands/maps.ts";
import { pageCommand } from "./commands/page.ts";
import { reportCommand } from "./commands/report.ts";
import { reproduceCommand } from "./commands/reproduce.ts";
import { scoreCommand } from "./commands/score.ts";
import { serveCommand } from "./commands/serve.ts";
import { studyCommand } from "./commands/study.ts";
import { trainCommand } from "./commands/train.ts";
import { reportError } from "./report-error.ts";

const commands = [
  doctorCommand,
  dataCommand,
  studyCommand,
  mapsCommand,
  trainCommand,
  evaluateCommand,
  experimentCommand,
  dashboardCommand,
  reproduceCommand,
  reportCommand,
  exportCommand,
  scoreCommand,
  serveCommand,
  pageCommand,
  demoCommand,
];

/** As a shell reports a program that a broken pipe has ended: 128 + SIGPIPE. */
const brokenPipe = 141;

/**
 * Runs one command and sets the process's exit code; throws nothing.
 * @param args without node and the script
 */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  prepareProcess();
  await execute(args);
}

/** Once in a process, before its first command. */
export function prepareProcess(): void {
  catchWhatEscapes();
  stopWithParent();
}

/** One command, whose exit code becomes the process's; throws nothing. */
export async function execute(args: readonly string[]): Promise<void> {
  try {
    await makeProgram().parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = reportError(error, say);
  }
}

function makeProgram(): Command {
  const program = new Command("oversight")
    .description("Teach image classifiers where to look, from people.")
    .version(version)
    .exitOverride()
    // Narrow terminals, too, get descriptions wrapped beside what they describe.
    .configureHelp({ minWidthToWrap: 20 })
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

/**
 * Whoever started us over a channel (`experiment run`) closes it to stop us, and it closes when they die: then we do what
 * we do on Ctrl-C, so that nothing goes on unseen.
 */
function stopWithParent(): void {
  if (process.connected === undefined) return; // there never was a channel
  const stop = () => process.kill(process.pid, "SIGINT");
  if (!process.connected) return void stop(); // closed while we started
  process.once("disconnect", stop);
  process.channel?.unref(); // listening must not keep us alive
}

function say(words: string): void {
  process.stderr.write(`oversight: ${words}\n`);
}

/**
 * As the system ends other programs then. Not by process.exit, which takes Node down around native threads that still
 * work: onnxruntime's have aborted the process so.
 */
function endByBrokenPipe(): void {
  process.emit("exit", brokenPipe); // locks are released
  const nothing = () => {};
  process.on("SIGPIPE", nothing).off("SIGPIPE", nothing); // Node ignores the signal; now it has its own effect again
  process.kill(process.pid, "SIGPIPE");
}

function catchWhatEscapes(): void {
  // Whoever read our output has gone (`oversight … | head`): stop without a word, as other programs do.
  const stopOnBrokenPipe = (error: Error) => {
    if (systemErrorCode(error) !== "EPIPE") throw error;
    endByBrokenPipe();
  };
  process.stdout.on("error", stopOnBrokenPipe);
  process.stderr.on("error", stopOnBrokenPipe);
  process.on("uncaughtException", (error) => process.exit(reportError(error, say)));
}
