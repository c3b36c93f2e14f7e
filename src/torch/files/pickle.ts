/**
 * A restricted unpickler: it rebuilds plain containers, numbers, strings and bytes, and calls nothing but the functions
 * that its caller lists. Written from the opcode descriptions of CPython's `pickletools`; it knows the opcodes that
 * Python's pickler (2 and 3) writes at protocols 2 to 5 for such values.
 *
 * Python's values become: None null, bool boolean, int number (bigint beyond 2⁵³), float number, str string, bytes
 * Uint8Array, list array, tuple frozen array, dict Map, set Set. References stay references, so a pickle may be cyclic
 * and still costs memory only for what it spells out: `spend` and the limits below see to that.
 */
import { type Fail, quote } from "./bytes.ts";
import { isTuple, type PickleContext, PickleGlobal, plainGlobals } from "./pickle-globals.ts";

/** The instructions that one pickle may have. ResNet-152 with Adam's state needs 76,000. */
const mostInstructions = 1_000_000;
/** In bytes; V8 has no strings beyond 2²⁹. */
const longestText = 2 ** 24;
const newestProtocol = 5;

export interface UnpickleOptions {
  /** What the pickle may name beside plain containers, by `module.name`. */
  globals?: ReadonlyMap<string, PickleGlobal>;
  /** Finds the object that a persistent id stands for. */
  persistentLoad?: (id: unknown) => unknown;
}

/**
 * Reads the pickle that begins at byte `start`.
 * @returns the value, and the position after the pickle
 * @throws by `fail` whatever the bytes are, if they are not a pickle of allowed values
 */
export function unpickle(
  bytes: Uint8Array,
  start: number,
  fail: Fail,
  options: UnpickleOptions = {},
): { value: unknown; end: number } {
  const machine = new Unpickler(bytes, start, fail, options);
  for (let count = 0; count < mostInstructions; count++) {
    const opcode = machine.take(1)[0];
    if (opcode === stop) return { value: machine.pop(), end: machine.position };
    const instruction = instructions[opcode];
    if (instruction === undefined)
      fail(`the pickle has the instruction 0x${opcode.toString(16)}, which is not allowed`);
    instruction(machine);
  }
  return fail(`the pickle has more than ${mostInstructions} instructions`);
}

class Unpickler implements PickleContext {
  readonly fail: Fail;
  position: number;
  readonly memo = new Map<number, unknown>();
  readonly marks: number[] = [];
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #options: UnpickleOptions;
  readonly #stack: unknown[] = [];
  #spent = 0;

  constructor(bytes: Uint8Array, start: number, fail: Fail, options: UnpickleOptions) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = start;
    this.fail = fail;
    this.#options = options;
  }

  /** An item was made by an instruction; only a pickle that copies it over and over exceeds their number. */
  readonly spend = (items: number): void => {
    this.#spent += items;
    if (this.#spent > mostInstructions) this.fail(`the pickle copies more than ${mostInstructions} items`);
  };

  take(length: number): Uint8Array {
    return this.#bytes.subarray(this.#advance(length), this.position);
  }
  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }
  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }
  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }
  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.position);
    if (end < 0) this.fail("the pickle is cut off");
    const line = this.utf8(end - this.position);
    this.position = end + 1;
    return line;
  }
  utf8(length: number): string {
    const bytes = this.#text(length);
    try {
      return utf8.decode(bytes);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return this.fail(`the pickle has text that is not UTF-8 before byte ${this.position}`);
    }
  }
  /** Python 2's strings have no encoding; names of tensors are ASCII. */
  latin1(length: number): string {
    return Buffer.from(this.#text(length)).toString("latin1");
  }
  /** A two's complement integer of any length. */
  integer(length: number): number | bigint {
    const hex = Buffer.from(this.take(length)).reverse().toString("hex");
    const value = BigInt.asIntN(8 * length, BigInt(`0x0${hex}`));
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }
  pop(): unknown {
    this.#checkStack();
    return this.#stack.pop();
  }
  top(): unknown {
    this.#checkStack();
    return this.#stack.at(-1);
  }
  popMany(count: number): unknown[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }
  mark(): void {
    this.marks.push(this.#stack.length);
  }
  popMark(): unknown[] {
    const mark = this.marks.pop();
    return mark === undefined ? this.fail("the pickle closes a group that it did not open") : this.#stack.splice(mark);
  }

  remember(index: number): void {
    this.memo.set(index, this.top());
  }
  recall(index: number): void {
    if (!this.memo.has(index)) this.fail(`the pickle refers to an object ${index} that it did not define`);
    this.push(this.memo.get(index));
  }

  append(items: readonly unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list) || Object.isFrozen(list)) this.fail("the pickle appends to what is not a list");
    for (const item of items) list.push(item);
  }
  setItems(items: readonly unknown[]): void {
    const dictionary = this.top();
    if (!(dictionary instanceof Map)) this.fail("the pickle sets an item of what is not a dict");
    if (items.length % 2 !== 0) this.fail("the pickle sets a key without a value");
    for (let i = 0; i < items.length; i += 2) dictionary.set(items[i], items[i + 1]);
  }
  addItems(items: readonly unknown[]): void {
    const set = this.top();
    if (!(set instanceof Set)) this.fail("the pickle adds to what is not a set");
    for (const item of items) set.add(item);
  }

  global(module: unknown, name: unknown): void {
    if (typeof module !== "string" || typeof name !== "string") this.fail("the pickle names nothing by a string");
    const path = `${module}.${name}`;
    const found = plainGlobals.get(path) ?? this.#options.globals?.get(path);
    const advice = "save the network's state_dict() alone";
    this.push(found ?? this.fail(`it holds ${quote(path)}; only tensors in plain containers are read: ${advice}`));
  }
  reduce(): void {
    const [callee, args] = this.popMany(2);
    if (!(callee instanceof PickleGlobal) || callee.call === undefined) this.fail("the pickle calls no function");
    if (!isTuple(args)) this.fail(`the pickle calls ${callee.name} without a tuple of arguments`);
    this.push(callee.call(args, this));
  }
  /** The attributes of an OrderedDict (a state dict's `_metadata`) are of no use here. */
  build(): void {
    this.pop();
    if (!(this.top() instanceof Map)) this.fail("the pickle sets the state of what is not a dict");
  }
  persistent(): void {
    const id = this.pop();
    this.push(this.#options.persistentLoad?.(id) ?? this.fail("the pickle refers to an object outside it"));
  }

  #text(length: number): Uint8Array {
    if (length > longestText) this.fail(`the pickle has a text of ${length} bytes; at most ${longestText} are read`);
    return this.take(length);
  }
  #advance(length: number): number {
    const from = this.position;
    if (from + length > this.#bytes.length) this.fail("the pickle is cut off");
    this.position += length;
    return from;
  }
  #checkStack(): void {
    if (this.#stack.length <= (this.marks.at(-1) ?? 0)) this.fail("the pickle takes more values than it has");
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const stop = 0x2e;

/** What each opcode does, with the name that `pickletools` gives it. */
const instructions: Readonly<Record<number, (machine: Unpickler) => void>> = {
  // The frame of the pickle itself.
  128: (m) => m.uint8() <= newestProtocol || m.fail(`the pickle's protocol is newer than ${newestProtocol}`), // PROTO
  149: (m) => m.take(8), // FRAME: only a hint for reading ahead
  40: (m) => m.mark(), // MARK

  // Plain values.
  78: (m) => m.push(null), // NONE
  136: (m) => m.push(true), // NEWTRUE
  137: (m) => m.push(false), // NEWFALSE
  74: (m) => m.push(m.int32()), // BININT
  75: (m) => m.push(m.uint8()), // BININT1
  77: (m) => m.push(m.uint16()), // BININT2
  138: (m) => m.push(m.integer(m.uint8())), // LONG1
  71: (m) => m.push(m.float64()), // BINFLOAT
  88: (m) => m.push(m.utf8(m.uint32())), // BINUNICODE
  140: (m) => m.push(m.utf8(m.uint8())), // SHORT_BINUNICODE
  84: (m) => m.push(m.latin1(m.uint32())), // BINSTRING
  85: (m) => m.push(m.latin1(m.uint8())), // SHORT_BINSTRING
  66: (m) => m.push(m.take(m.uint32())), // BINBYTES
  67: (m) => m.push(m.take(m.uint8())), // SHORT_BINBYTES

  // Containers.
  41: (m) => m.push(Object.freeze([])), // EMPTY_TUPLE
  133: (m) => m.push(Object.freeze(m.popMany(1))), // TUPLE1
  134: (m) => m.push(Object.freeze(m.popMany(2))), // TUPLE2
  135: (m) => m.push(Object.freeze(m.popMany(3))), // TUPLE3
  116: (m) => m.push(Object.freeze(m.popMark())), // TUPLE
  93: (m) => m.push([]), // EMPTY_LIST
  97: (m) => m.append([m.pop()]), // APPEND
  101: (m) => m.append(m.popMark()), // APPENDS
  125: (m) => m.push(new Map()), // EMPTY_DICT
  115: (m) => m.setItems(m.popMany(2)), // SETITEM
  117: (m) => m.setItems(m.popMark()), // SETITEMS
  143: (m) => m.push(new Set()), // EMPTY_SET
  144: (m) => m.addItems(m.popMark()), // ADDITEMS

  // References.
  113: (m) => m.remember(m.uint8()), // BINPUT
  114: (m) => m.remember(m.uint32()), // LONG_BINPUT
  148: (m) => m.remember(m.memo.size), // MEMOIZE
  104: (m) => m.recall(m.uint8()), // BINGET
  106: (m) => m.recall(m.uint32()), // LONG_BINGET

  // What is named, called, or stored elsewhere.
  99: (m) => m.global(m.line(), m.line()), // GLOBAL
  147: (m) => m.global(...(m.popMany(2) as [unknown, unknown])), // STACK_GLOBAL
  82: (m) => m.reduce(), // REDUCE
  98: (m) => m.build(), // BUILD
  81: (m) => m.persistent(), // BINPERSID
};
