/**
 * What this browser keeps for the study's origin: the token, unfinished marks and answers, results on their way. All
 * of it as JSON under one prefix.
 */

export interface Keep {
  read<T>(key: string): T | undefined;
  write(key: string, value: unknown): void;
  remove(key: string): void;
  /** Removes all keys that begin so. */
  removeAll(start: string): void;
  /** Whether a reload finds what was written. Some browsers and settings refuse to keep anything. */
  lasting(): boolean;
}

/** What is used of the browser's `Storage`. */
export interface TextStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const prefix = "oversight.";

/**
 * @param storage the browser's, or undefined where it refuses; then, and when it is full, things are kept until the page
 * closes, and `lasting` says so
 */
export function createKeep(storage: TextStorage | undefined): Keep {
  const memory = new Map<string, string>();
  let lasting = storage !== undefined;
  return {
    read<T>(key: string) {
      const text = memory.get(key) ?? storage?.getItem(prefix + key) ?? undefined;
      if (text === undefined) return undefined;
      try {
        return JSON.parse(text) as T;
      } catch {
        return undefined; // Not written by this page.
      }
    },
    write(key, value) {
      const text = JSON.stringify(value);
      try {
        if (storage === undefined) memory.set(key, text);
        else storage.setItem(prefix + key, text);
      } catch {
        lasting = false;
        memory.set(key, text);
      }
    },
    remove(key) {
      memory.delete(key);
      storage?.removeItem(prefix + key);
    },
    removeAll(start) {
      for (const key of [...memory.keys()].filter((key) => key.startsWith(start))) memory.delete(key);
      if (storage === undefined) return;
      const stored = Array.from({ length: storage.length }, (_, i) => storage.key(i)!);
      for (const key of stored.filter((key) => key.startsWith(prefix + start))) storage.removeItem(key);
    },
    lasting: () => lasting,
  };
}

/** The key under which another tab reads who has the study. */
export const ownerKey = "owner";
export const isOwnerChange = (event: { key: string | null }) => event.key === null || event.key === prefix + ownerKey;
