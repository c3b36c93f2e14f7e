/** `oversight study`: people judge pairs of images and mark what made them decide; their marks become training maps. */
import { Command } from "commander";
import { analyzeCommand } from "./study/analyze.ts";
import { exportCommand } from "./study/export.ts";
import { initCommand } from "./study/init.ts";
import { mapsCommand } from "./study/maps.ts";
import { serveCommand } from "./study/serve.ts";
import { simulateCommand } from "./study/simulate.ts";

export function studyCommand(): Command {
  const command = new Command("study").description("Collect human decisions and marks in a web study.");
  for (const make of [initCommand, serveCommand, simulateCommand, analyzeCommand, mapsCommand, exportCommand])
    command.addCommand(make());
  return command;
}
