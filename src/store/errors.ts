/** What the database refused, by PostgreSQL's codes (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
import pg from "pg";

/** Whether a row was refused since one with the same key is there; of the named constraint, where one is given. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return (
    error instanceof pg.DatabaseError &&
    error.code === "23505" &&
    (constraint === undefined || error.constraint === constraint)
  );
}
