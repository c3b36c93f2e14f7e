/** Checks of what came from outside against a zod schema, with the first fault as one line. */
import type { ZodType } from "zod";
import { InputError, inOneLine } from "./errors.ts";
import { readTextFile } from "./files.ts";

/** @throws InputError as `<place>: <field>: <what is wrong>` */
export function checkSchema<T>(schema: ZodType<T>, value: unknown, place: string): T {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const { path, message } = checked.error.issues[0];
  const field = path.length > 0 ? `${inOneLine(path.map(String).join("."))}: ` : "";
  throw new InputError(`${place}: ${field}${inOneLine(message)}`);
}

/** @throws InputError naming `place` when the text is not JSON or not what the schema asks for */
export function parseJson<T>(schema: ZodType<T>, text: string, place: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${place}: it is not JSON (${inOneLine((error as SyntaxError).message)})`);
  }
  return checkSchema(schema, value, place);
}

/** @throws InputError naming the file when it cannot be read, is not JSON, or is not what the schema asks for */
export function readJsonFile<T>(schema: ZodType<T>, file: string): T {
  return parseJson(schema, readTextFile(file), file);
}
