/** One connection to an embedded PGlite database or to a PostgreSQL server, with migrations. */
export { isUniqueViolation } from "./errors.ts";
export { type Migration, migrate } from "./migrate.ts";
export { openStore, type Store, type StorePlace } from "./store.ts";
export { jsonb } from "./types.ts";
