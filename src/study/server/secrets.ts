/** Random words that nobody else is to know: tokens and completion codes. */
import { randomBytes } from "node:crypto";
import { sha256 } from "../database/tables.ts";

/** A participant's token: 32 random bytes as base64url. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

/** The hash under which the database knows a request's token; undefined when the header holds none. */
export function tokenHashOf(authorization: string | undefined): string | undefined {
  const token = /^Bearer ([\w-]{43})$/.exec(authorization ?? "")?.[1];
  return token === undefined ? undefined : sha256(token);
}

/** Read aloud or copied by hand without mistakes: no 0, 1, I or O. */
const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** A completion code of ten letters, 50 random bits. */
export function newCode(): string {
  return Array.from(randomBytes(10), (byte) => letters[byte % letters.length]).join("");
}
