/** `oversight dashboard`: an experiment as it goes, in the browser. */
import { existsSync, statSync } from "node:fs";
import { Command } from "commander";
import { InputError } from "../../base/errors.ts";
import { integer } from "../flag-values.ts";
import { helpNote } from "../help-note.ts";

interface Flags {
  port: string;
  host: string;
}

export function dashboardCommand(): Command {
  return new Command("dashboard")
    .description("Watch an experiment in the browser: its grid filling up, curves, comparisons, maps of any image.")
    .argument("<folder>", "an experiment's folder; it may be running meanwhile, here or elsewhere")
    .option("--port <n>", "0 takes any that is free", "8090")
    .option(
      "--host <address>",
      "address to listen on; 0.0.0.0 for all, and then the printed link alone opens it",
      "127.0.0.1",
    )
    .addHelpText("after", helpNote("Reads the folder's files; keeps the maps that it was asked for in its dashboard/."))
    .action(serve);
}

async function serve(folder: string, { host, port }: Flags): Promise<void> {
  const portNumber = integer("--port", port, 0, 65_535);
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new InputError(
      `${folder}: there is no such folder; give an experiment's, as oversight experiment plan made it`,
    );
  const { startDashboard } = await import("../../experiment/dashboard/server.ts");
  const { builtPages } = await import("../../study/server/pages.ts");
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const onFault = (error: unknown) => say(String((error as Error).stack ?? error));
  const dashboard = await startDashboard({ folder, host, port: portNumber, pages: builtPages, onFault });
  say(`${dashboard.link} until Ctrl-C`);
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  await dashboard.close();
}
