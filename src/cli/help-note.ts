/** What stands below a command's options in its help. */
import type { AddHelpTextContext } from "commander";

/** Wraps the text to the terminal's width, as commander does with the rest: for `.addHelpText("after", helpNote(…))`. */
export function helpNote(text: string): (context: AddHelpTextContext) => string {
  return ({ command }) => {
    const width = command.configureOutput().getOutHelpWidth?.() ?? 80;
    return `\n${command.createHelp().boxWrap(text, width)}`;
  };
}
