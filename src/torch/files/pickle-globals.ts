/**
 * What a pickle may name: a short list of harmless functions, each with a body of our own, and names that stand for
 * nothing but themselves. Here are those of plain containers; pth-file.ts adds those of tensors.
 */
import type { Fail } from "./bytes.ts";

/** What a function named by a pickle may ask of the unpickler. */
export interface PickleContext {
  fail: Fail;
  /** To be called with the number of items that are about to be copied. */
  spend: (items: number) => void;
}

/** Something that a pickle may name; without `call` it can only be handed on. */
export class PickleGlobal {
  readonly name: string;
  readonly call: ((args: readonly unknown[], context: PickleContext) => unknown) | undefined;

  constructor(name: string, call?: PickleGlobal["call"]) {
    this.name = name;
    this.call = call;
  }
}

/** Every global by its name. */
export function globalsByName(globals: Iterable<PickleGlobal>): Map<string, PickleGlobal> {
  return new Map([...globals].map((item) => [item.name, item]));
}

/** Whether a pickled value is a tuple, not a list. */
export function isTuple(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && Object.isFrozen(value);
}

/** The containers and bytes that Python's pickler writes as calls, at protocol 2 and in Python 2 above all. */
export const plainGlobals = globalsByName([
  new PickleGlobal("collections.OrderedDict", ([pairs = []], context) => {
    const dictionary = new Map<unknown, unknown>();
    for (const pair of items(pairs, context)) {
      const [key, value] = items(pair, context);
      dictionary.set(key, value);
    }
    return dictionary;
  }),
  new PickleGlobal("collections.Counter", ([counts], { fail, spend }) => {
    if (!(counts instanceof Map)) return fail("the pickle makes a Counter from what is not a dict");
    spend(counts.size);
    return new Map(counts);
  }),
  ...["__builtin__.set", "builtins.set"].map(
    (name) => new PickleGlobal(name, ([members = []], context) => new Set(items(members, context))),
  ),
  ...["__builtin__.bytes", "builtins.bytes"].map(
    (name) =>
      new PickleGlobal(name, (args, { fail }) =>
        args.length === 0 ? new Uint8Array(0) : fail("the pickle makes bytes from another value"),
      ),
  ),
  new PickleGlobal("_codecs.encode", ([text, encoding], { fail, spend }) => {
    if (typeof text !== "string" || encoding !== "latin1") return fail("the pickle has bytes that are not in latin1");
    spend(text.length / charactersPerItem);
    return new Uint8Array(Buffer.from(text, "latin1"));
  }),
]);

/** An item of a container takes about as much memory as so many bytes. */
const charactersPerItem = 32;

/** The items of a list or tuple that are about to be copied. */
function items(list: unknown, { fail, spend }: PickleContext): readonly unknown[] {
  if (!Array.isArray(list)) return fail("the pickle fills a container from what is not a list");
  spend(list.length);
  return list;
}
