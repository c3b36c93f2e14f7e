/**
 * Which JavaScript value a column of which type gives, the same on both stores:
 *
 *     int2 int4 int8 float4 float8   number; an int8 beyond 2^53 is refused rather than rounded
 *     numeric                        string, since it may hold more digits; cast sums and means to float8
 *     timestamptz                    Date
 *     date, timestamp                string as PostgreSQL writes it: it names no moment
 *     json, jsonb                    the value
 *     bytea                          Buffer
 *     arrays                         an array of these
 *
 * Given values follow node-postgres: a Date, a Buffer, null, an array for an SQL array. JSON is given by `jsonb`.
 */
import { type RawBuilder, sql } from "kysely";
import pg from "pg";

const { builtins } = pg.types;

type Parser = (text: string) => unknown;

const readTexts = pg.types.getTypeParser(1009 as number) as (text: string) => (string | null)[];
const each = (parse: Parser) => (text: string) => readTexts(text).map((item) => (item === null ? null : parse(item)));

/** By the types' numbers; those of the arrays have no names in node-postgres. */
const parsers = new Map<number, Parser>([
  [builtins.INT8, wholeNumber],
  [1016, each(wholeNumber)],
  [builtins.DATE, String],
  [1182, readTexts],
  [builtins.TIMESTAMP, String],
  [1115, readTexts],
]);

/** For a pool's or client's `types`. */
export const types: pg.CustomTypesConfig = {
  // biome-ignore lint/suspicious/noExplicitAny: node-postgres declares one overload a type
  getTypeParser: ((oid: number, format?: any) => parsers.get(oid) ?? pg.types.getTypeParser(oid, format)) as any,
};

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is too large for a number`);
  return value;
}

/**
 * A value for a jsonb column. Given as it is, an array would be taken for an SQL array and a string for JSON text.
 * PostgreSQL stores no NUL character: one in a text is refused by the database (code 22P05).
 */
export function jsonb<T>(value: T): RawBuilder<T> {
  return sql<T>`${JSON.stringify(value)}::jsonb`;
}
