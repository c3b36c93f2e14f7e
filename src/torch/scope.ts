/**
 * When native memory is freed. The garbage collector does not see how large a tensor is, so code that makes many
 * runs inside `scope`, which frees at its end whatever was made inside it. Gradients are not disturbed: autograd
 * keeps what backward needs by itself.
 */

/** Anything whose lifetime a scope may end. */
export interface Scoped {
  /** The scope that will free it; undefined when it is kept. */
  owner: Scope | undefined;
  dispose(): void;
}

export interface Scope {
  readonly members: Scoped[];
  readonly parent: Scope | undefined;
}

let current: Scope | undefined;

/** Puts a new object under the innermost open scope, if there is one. */
export function track(object: Scoped): void {
  object.owner = current;
  current?.members.push(object);
}

/**
 * Runs `body` and frees every tensor made inside it, except those returned (alone, or in arrays and plain objects;
 * they pass to the enclosing scope) and those given to `keep`. Synchronous only.
 */
export function scope<T>(body: () => T): T {
  const inner: Scope = { members: [], parent: current };
  current = inner;
  const returned = new Set<Scoped>();
  try {
    const result = body();
    if (result instanceof Promise) throw new TypeError("scope: the body must not be asynchronous");
    collect(result, returned);
    return result;
  } finally {
    current = inner.parent;
    for (const member of inner.members) {
      if (member.owner !== inner) continue;
      if (returned.has(member)) track(member);
      else member.dispose();
    }
  }
}

/** Applies `steps` one after the other, each in a scope of its own; what one hands to the next is freed when it is used. */
export function chain<T extends Scoped>(input: T, steps: Iterable<(value: T) => T>): T {
  let value = input;
  for (const step of steps) {
    const given = value;
    value = scope(() => step(given));
    if (given !== input && given !== value) given.dispose();
  }
  return value;
}

/** Takes a tensor out of every scope: it lives until `dispose()`, or until nothing refers to it. */
export function keep<T extends Scoped>(object: T): T {
  object.owner = undefined;
  return object;
}

function isScoped(value: object): value is Scoped {
  return "owner" in value && "dispose" in value && typeof value.dispose === "function";
}

function collect(value: unknown, into: Set<Scoped>): void {
  if (typeof value !== "object" || value === null) return;
  if (isScoped(value)) into.add(value);
  else if (Array.isArray(value)) for (const item of value) collect(item, into);
  else if (value instanceof Map) for (const item of value.values()) collect(item, into);
  else if (Object.getPrototypeOf(value) === Object.prototype)
    for (const item of Object.values(value)) collect(item, into);
}
