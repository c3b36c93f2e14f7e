/**
 * The sums behind the pages: read together, and kept for a while, so that however many people watch, the study's own
 * requests keep the database.
 */
import type { Condition } from "../../contract/api.ts";
import type { Quantiles } from "../../contract/researcher-api.ts";
import {
  type ImageSums,
  type ParticipantSums,
  sumsByImage,
  sumsByParticipant,
  timesByCondition,
} from "../../database/researcher-queries.ts";
import type { StudyDatabase } from "../../database/study-database.ts";

export interface Overview {
  readAt: Date;
  /** Milliseconds for which these numbers are given to whoever asks. */
  reusedMs: number;
  /** By id. */
  participants: ParticipantSums[];
  images: ImageSums[];
  times: { condition: Condition; response: Quantiles; marking: Quantiles }[];
}

/** Watching takes at most one part in so many of the database's time. */
const partOfTime = 20;
const leastMs = 1000;

export class OverviewReader {
  private readonly database: StudyDatabase;
  private readonly now: () => number;
  private current: Promise<Overview> | undefined;
  private until = 0;

  /** @param now milliseconds */
  constructor(database: StudyDatabase, now: () => number) {
    this.database = database;
    this.now = now;
  }

  read(): Promise<Overview> {
    if (this.current === undefined || this.now() >= this.until) {
      // Until it is read, everybody waits for the same reading.
      this.until = Number.POSITIVE_INFINITY;
      this.current = this.readNow();
      this.current.catch(() => {
        this.until = 0;
      });
    }
    return this.current;
  }

  private async readNow(): Promise<Overview> {
    const began = this.now();
    const readAt = new Date(began);
    // One after another: between them the database serves others.
    const participants = await sumsByParticipant(this.database, readAt);
    const images = await sumsByImage(this.database);
    const times = await timesByCondition(this.database);
    const reusedMs = Math.max(leastMs, partOfTime * (this.now() - began));
    this.until = this.now() + reusedMs;
    return { readAt, reusedMs, participants, images, times };
  }
}
