import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hashPassword, openSecret, setPassword, verifyPassword } from "./secret.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "secret-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("made once, with a key of its own, for its owner alone", () => {
  const first = openSecret(folder);
  expect(first.imageKey).toHaveLength(16);
  expect(first.salt).toHaveLength(32);
  expect(first.password).toBeUndefined();
  expect(openSecret(folder)).toEqual(first);
  expect(readdirSync(folder)).toEqual(["secret.json"]);
  expect(statSync(join(folder, "secret.json")).mode & 0o777).toBe(0o600);
  expect(openSecret(join(folder, "another")).imageKey).not.toEqual(first.imageKey);
});

test("a password is kept as its hash, the keys stay", async () => {
  const { imageKey, salt } = openSecret(folder);
  await setPassword(folder, "open sesame");
  const secret = openSecret(folder);
  expect({ ...secret, password: undefined }).toEqual({ imageKey, salt, password: undefined });
  expect(await verifyPassword("open sesame", secret.password!)).toBe(true);
  expect(await verifyPassword("open sesame ", secret.password!)).toBe(false);
  expect(readFileSync(join(folder, "secret.json"), "utf8")).not.toContain("sesame");
  expect(statSync(join(folder, "secret.json")).mode & 0o777).toBe(0o600);
  await setPassword(folder, undefined);
  expect(openSecret(folder).password).toBeUndefined();
});

test("a password has another hash each time, and is the same in another Unicode form", async () => {
  const [one, other] = await Promise.all([hashPassword("pässword"), hashPassword("pässword")]);
  expect(one).not.toBe(other);
  expect(await verifyPassword("pa\u0308ssword", one)).toBe(true);
  expect(await verifyPassword("x".repeat(100_000), one)).toBe(false);
  expect(await verifyPassword("", one)).toBe(false);
});

test.each(["", "short", "x".repeat(1_001)])("a password of %# characters is refused", async (password) => {
  await expect(hashPassword(password)).rejects.toThrow(
    `password: ${password.length} characters; from 8 to 1000 are allowed`,
  );
});

test.each(["", "scrypt$1$2$3$a$b", "plain"])("the hash %j is damaged", async (hash) => {
  await expect(verifyPassword("password", hash)).rejects.toThrow("damaged");
});

test("a secret that others may read is refused", () => {
  openSecret(folder);
  chmodSync(join(folder, "secret.json"), 0o644);
  expect(() => openSecret(folder)).toThrow(
    `${join(folder, "secret.json")}: others than its owner may read it (mode 644); it holds keys: chmod 600 it`,
  );
});

test("a damaged secret is refused and left as it is", () => {
  const file = join(folder, "secret.json");
  writeFileSync(file, '{"imageKey": "AAAA", "salt": ""}', { mode: 0o600 });
  expect(() => openSecret(folder)).toThrow(`${file}: imageKey: expected 16 bytes in base64url`);
  expect(readFileSync(file, "utf8")).toContain("AAAA");
});
