/** `oversight page`: the page that judges images in the browser, as a folder for any web host. */
import { Command } from "commander";

export function pageCommand(): Command {
  return new Command("page")
    .description("Write the page that judges images in the browser as a folder for any web host.")
    .argument("<detector>", "folder that `oversight export` made")
    .requiredOption("--to <folder>", "new, empty, or an earlier page, which is replaced")
    .action(async (detector: string, { to }: { to: string }) => {
      const { writePageFolder } = await import("../../detector/page-folder.ts");
      const { name } = await writePageFolder(detector, to);
      process.stdout.write(
        `${to}: the page of ${name}; put the folder on a web server, under any path (a browser does not run it from the disk)\n`,
      );
    });
}
