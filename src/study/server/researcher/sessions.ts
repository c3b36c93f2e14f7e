/** Who is logged in as the researcher. In memory only, as hashes: a restart logs everyone out, a dump shows no cookie. */
import { createHash, randomBytes } from "node:crypto";

/** Seconds after which one has to log in again, whatever one did meanwhile. */
export const sessionSeconds = 12 * 3600;
const mostSessions = 1000;

const hash = (id: string) => createHash("sha256").update(id).digest("base64url");

export class ResearcherSessions {
  /** Until when each is good, by the hash of its id, oldest first. */
  private readonly expiry = new Map<string, number>();
  private readonly now: () => number;

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.now = now;
  }

  /** A new session's id: 32 random bytes as base64url. Where there are too many, the oldest ends. */
  open(): string {
    for (const [key, until] of this.expiry) {
      if (until > this.now() && this.expiry.size < mostSessions) break;
      this.expiry.delete(key);
    }
    const id = randomBytes(32).toString("base64url");
    this.expiry.set(hash(id), this.now() + sessionSeconds * 1000);
    return id;
  }

  isOpen(id: string): boolean {
    return (this.expiry.get(hash(id)) ?? 0) > this.now();
  }

  close(id: string): void {
    this.expiry.delete(hash(id));
  }
}
