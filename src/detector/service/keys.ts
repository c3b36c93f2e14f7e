/** Keys of those who may use the service, of which only hashes lie on the disk. */
import { createHash, timingSafeEqual } from "node:crypto";
import { InputError } from "../../base/errors.ts";
import { readTextFile } from "../../base/files.ts";

/** Whether an `Authorization` header shows a key that is known. */
export type KeyCheck = (authorization: string | undefined) => boolean;

/**
 * Lines of `name sha256`, the hash in hexadecimal; `#` begins a comment. Keys are random (32 bytes or so), so that a
 * hash without salt keeps them.
 * @throws InputError naming the line, or when there is none
 */
export function readKeys(file: string): KeyCheck {
  const hashes: Buffer[] = [];
  readTextFile(file)
    .split(/\r?\n/)
    .forEach((text, index) => {
      const line = text.replace(/#.*/, "").trim();
      if (line === "") return;
      const hash = /^\S+\s+([0-9a-f]{64})$/i.exec(line)?.[1];
      if (hash === undefined)
        throw new InputError(`${file}:${index + 1}: expected a name and a SHA-256 in hexadecimal`);
      hashes.push(Buffer.from(hash, "hex"));
    });
  if (hashes.length === 0) throw new InputError(`${file}: there are no keys; nobody could use the service`);
  return (authorization) => {
    const key = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
    if (key === undefined) return false;
    const given = createHash("sha256").update(key).digest();
    // All are compared, each in the same time, so that time tells nothing.
    return hashes.map((hash) => timingSafeEqual(hash, given)).includes(true);
  };
}
