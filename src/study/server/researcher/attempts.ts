/**
 * How often one address may try to log in: five times at once, then after 1 s, 2 s, 4 s … up to a quarter of an hour.
 * An attempt counts as failed until it has succeeded, so that many at the same moment count as many.
 */
import { isIPv6 } from "node:net";

const free = 5;
const longestMs = 15 * 60_000;
const forgottenAfterMs = 60 * 60_000;
const mostAddresses = 10_000;

interface Attempts {
  failed: number;
  /** Milliseconds. */
  openAgain: number;
  last: number;
}

export class LoginAttempts {
  /** By address, the one that tried last at the end. */
  private readonly of = new Map<string, Attempts>();
  private readonly now: () => number;

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.now = now;
  }

  /** Counts an attempt. Returns 0 where it may be made now, otherwise the seconds to wait, 1 at least. */
  begin(address: string): number {
    const key = network(address);
    const now = this.now();
    let attempts = this.of.get(key);
    if (attempts && now - attempts.last > forgottenAfterMs) attempts = undefined;
    if (attempts && now < attempts.openAgain) return Math.ceil((attempts.openAgain - now) / 1000);
    const failed = (attempts?.failed ?? 0) + 1;
    const wait = failed < free ? 0 : Math.min(1000 * 2 ** (failed - free), longestMs);
    this.of.delete(key);
    this.of.set(key, { failed, openAgain: now + wait, last: now });
    for (const oldest of this.of.keys()) {
      if (this.of.size <= mostAddresses) break;
      this.of.delete(oldest);
    }
    return 0;
  }

  succeeded(address: string): void {
    this.of.delete(network(address));
  }
}

/** IPv6 addresses of one subscriber share their first 64 bits: they are one. */
export function network(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1];
  if (!isIPv6(address)) return address;
  const [head, tail] = address.split("%")[0].split("::");
  const groups = head === "" ? [] : head.split(":");
  const after = tail ? tail.split(":") : [];
  // An IPv4 tail stands for two groups, but lies beyond the first four of any address that routes.
  while (tail !== undefined && groups.length + after.length < 8) groups.push("0");
  return `${[...groups, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
