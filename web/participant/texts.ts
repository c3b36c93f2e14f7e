/** The pages' words, in the study's wording where it has one. */
import { english, type TextName } from "../../src/study/contract/texts.ts";

export type { TextName };
export type Say = (name: TextName, values?: Record<string, string | number>) => string;

/** @param own wording by name, from the study */
export function createSay(own: Record<string, string>): Say {
  return (name, values = {}) =>
    (Object.hasOwn(own, name) ? own[name] : english[name]).replace(/\{(\w+)\}/g, (place, key: string) =>
      Object.hasOwn(values, key) ? String(values[key]) : place,
    );
}
