/**
 * The names under which a participant's browser asks for images: `/images/<name>`. A name is one AES block that holds
 * trial, image and side, so it tells nothing of them, is another for every trial, and needs no table. Whoever has no key
 * can make none: of all names of this form one in 2^55 is some image's.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Side } from "../contract/api.ts";

export interface NamedImage {
  /** Ids. */
  trial: number;
  image: number;
  side: Side;
}

const algorithm = "aes-128-ecb";
const nameForm = /^[\w-]{22}$/;
const trialLimit = 2 ** 40;
const imageLimit = 2 ** 32;
/** The block: six bytes that a true name has zero, trial in five, image in four, side in one. */
const at = { proof: 0, trial: 6, image: 11, side: 15 } as const;

export class ImageNames {
  readonly #key: Uint8Array;

  /** @param key 16 bytes that serve nothing else; the study's `secret.json` has them */
  constructor(key: Uint8Array) {
    if (key.byteLength !== 16) throw new RangeError(`an AES-128 key has 16 bytes, not ${key.byteLength}`);
    this.#key = Uint8Array.from(key);
  }

  /**
   * 22 characters of the base64url alphabet, always the same for the same trial, side and image.
   * @throws RangeError for ids that are not integers from 0 to 2^40 (trial) or 2^32 (image)
   */
  nameFor(trial: number, side: Side, image: number): string {
    requireId(trial, trialLimit, "trial");
    requireId(image, imageLimit, "image");
    const block = Buffer.alloc(16);
    block.writeUIntBE(trial, at.trial, 5);
    block.writeUInt32BE(image, at.image);
    block[at.side] = side === "left" ? 0 : 1;
    return createCipheriv(algorithm, this.#key, null).setAutoPadding(false).update(block).toString("base64url");
  }

  /** What a name stands for; undefined for anything that `nameFor` did not make with this key. */
  resolve(name: string): NamedImage | undefined {
    if (!nameForm.test(name)) return undefined;
    const cipher = Buffer.from(name, "base64url");
    // The last character has four bits to spare: only one of sixteen spellings of a block is its name.
    if (cipher.toString("base64url") !== name) return undefined;
    const block = createDecipheriv(algorithm, this.#key, null).setAutoPadding(false).update(cipher);
    const side = block[at.side];
    if (block.readUIntBE(at.proof, 6) !== 0 || side > 1) return undefined;
    return {
      trial: block.readUIntBE(at.trial, 5),
      image: block.readUInt32BE(at.image),
      side: side === 0 ? "left" : "right",
    };
  }
}

function requireId(id: number, limit: number, what: string): void {
  if (!Number.isInteger(id) || id < 0 || id >= limit) throw new RangeError(`${id} is no id of a ${what}`);
}
