/** What every store does: one specification, run over PGlite and over PostgreSQL. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { copyEmptyDatabase } from "../../test/empty-database.ts";
import { type Postgres, startPostgres } from "../../test/postgres.ts";
import { isUniqueViolation, jsonb, migrate, openStore, type Store, type StorePlace } from "./index.ts";

const server: Postgres | undefined = await startPostgres();
const folder = mkdtempSync(join(tmpdir(), "store-"));
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const places: [string, StorePlace | undefined][] = [
  ["PGlite", { folder: join(folder, "database") }],
  ["PostgreSQL", server],
];

describe.each(places)("a store on %s", (_name, given) => {
  const place = given!; // without one the tests below are skipped
  const testHere = test.skipIf(given === undefined);
  let store: Store;
  let db: Store["db"];

  beforeAll(async () => {
    if (given === undefined) return;
    if ("folder" in given) await copyEmptyDatabase(given.folder);
    await open();
  });
  afterAll(() => store?.close());
  beforeEach(async () => {
    await sql`drop table if exists item`.execute(db);
    await sql`create table item (id bigserial primary key, name text unique, count int not null default 0)`.execute(db);
  });

  async function open(): Promise<void> {
    store = await openStore(place);
    db = store.db;
  }
  const names = async (): Promise<string[]> =>
    (await db.selectFrom("item").select("name").orderBy("id").execute()).map(({ name }) => name);
  const add = (name: string, at: Store["db"] = db) => at.insertInto("item").values({ name }).execute();

  describe("transactions", () => {
    testHere("are kept as a whole, or leave nothing", async () => {
      await db.transaction().execute(async (t) => {
        await add("a", t);
        await add("b", t);
      });
      const failing = db.transaction().execute(async (t) => {
        await add("c", t);
        throw new Error("no further");
      });
      await expect(failing).rejects.toThrow("no further");
      expect(await names()).toEqual(["a", "b"]);
    });

    testHere("that are not yet committed are seen by nobody", async () => {
      const reads: Promise<string[]>[] = [];
      const undone = db.transaction().execute(async (t) => {
        await add("a", t);
        reads.push(names());
        await new Promise((resolve) => setTimeout(resolve, 50));
        throw new Error("undone");
      });
      await expect(undone).rejects.toThrow("undone");
      expect(await reads[0]).toEqual([]);
    });

    testHere("at the same time do not lose one another's changes", async () => {
      await add("a");
      const increment = () =>
        db.transaction().execute(async (t) => {
          const { count } = await t.selectFrom("item").select("count").forUpdate().executeTakeFirstOrThrow();
          await new Promise(setImmediate);
          await t
            .updateTable("item")
            .set({ count: count + 1 })
            .execute();
        });
      await Promise.all(Array.from({ length: 50 }, increment));
      expect(await db.selectFrom("item").select("count").execute()).toEqual([{ count: 50 }]);
    });

    testHere("that failed do not disturb those beside them", async () => {
      const run = (i: number) =>
        db.transaction().execute(async (t) => {
          await add(`item ${i}`, t);
          if (i % 3 === 0) await sql`select 1 / 0`.execute(t);
        });
      const ends = await Promise.allSettled(Array.from({ length: 60 }, (_, i) => run(i)));
      expect(ends.map(({ status }) => status === "rejected")).toEqual(ends.map((_, i) => i % 3 === 0));
      expect((await names()).sort()).toEqual(ends.flatMap((_, i) => (i % 3 === 0 ? [] : `item ${i}`)).sort());
    });

    testHere("whose error was swallowed are not taken for committed", async () => {
      const swallowing = db.transaction().execute(async (t) => {
        await add("a", t);
        await add("a", t).catch(() => undefined);
      });
      await expect(swallowing).rejects.toThrow();
      expect(await names()).toEqual([]);
    });
  });

  describe("errors", () => {
    testHere("a key that is there is recognised, with its constraint", async () => {
      await add("a");
      const error = await add("a").catch((error) => error);
      expect([isUniqueViolation(error), isUniqueViolation(error, "item_name_key")]).toEqual([true, true]);
      expect(isUniqueViolation(error, "item_pkey")).toBe(false);
      const other = await db
        .insertInto("item")
        .values({ count: null })
        .execute()
        .catch((error) => error);
      expect([isUniqueViolation(other), other.code]).toEqual([false, "23502"]);
      await add("b");
      expect(await names()).toEqual(["a", "b"]);
    });

    testHere("a conflict that is allowed changes no row, and says so", async () => {
      const insert = () =>
        db
          .insertInto("item")
          .values({ name: "a" })
          .onConflict((c) => c.column("name").doNothing())
          .executeTakeFirst();
      expect((await insert()).numInsertedOrUpdatedRows).toBe(1n);
      expect((await insert()).numInsertedOrUpdatedRows).toBe(0n);
      expect((await db.updateTable("item").set({ count: 4 }).executeTakeFirst()).numUpdatedRows).toBe(1n);
    });
  });

  describe("values", () => {
    async function back(type: string, value: unknown): Promise<unknown> {
      const { rows } = await sql<{ value: unknown }>`select ${value}::${sql.raw(type)} as value`.execute(db);
      return rows[0].value;
    }

    testHere("come back as they went", async () => {
      const moment = new Date("2026-03-29T01:59:59.123Z");
      const given: [string, unknown][] = [
        ["bool", false],
        ["int4", -7],
        ["int8", Number.MAX_SAFE_INTEGER],
        ["float8", 0.1],
        ["float8", Number.NaN],
        ["text", "a ' \\ \n é 漢 🙂"],
        ["text", null],
        ["timestamptz", moment],
        ["date", "2026-03-29"],
        ["bytea", Buffer.from([0, 1, 39, 92, 255])],
        ["int8[]", [1, -2, null]],
        ["date[]", ["2026-03-29"]],
        ["text[]", ["a,b", '"', "", null]],
      ];
      for (const [type, value] of given) expect(await back(type, value), type).toEqual(value);
    });

    testHere("JSON of any shape comes back as it went", async () => {
      for (const value of [{ a: [1, { b: null }] }, [], [1, "two", [3]], "text", '"', 0.5, true, null]) {
        const { rows } = await sql<{ value: unknown }>`select ${jsonb(value)} as value`.execute(db);
        expect(rows).toEqual([{ value }]);
      }
    });

    testHere("counts and serial keys are numbers; what no number holds is refused or a string", async () => {
      await add("a");
      expect(
        await db
          .selectFrom("item")
          .select(["id", sql`count(*) over ()`.as("n")])
          .execute(),
      ).toEqual([{ id: 1, n: 1 }]);
      await expect(back("int8", "9007199254740993")).rejects.toThrow("9007199254740993 is too large");
      expect(await back("numeric", "12345678901234567890.5")).toBe("12345678901234567890.5");
      expect(await names()).toEqual(["a"]);
    });

    testHere("may be large, and so may results", async () => {
      const long = "x".repeat(5_000_000);
      expect(await back("text", long)).toBe(long);
      const { rows } = await sql`select i, repeat('y', 100) from generate_series(1, 20000) i`.execute(db);
      expect(rows).toHaveLength(20_000);
    });

    testHere("SQL in them is text", async () => {
      await add("'); drop table item; --");
      expect(await names()).toEqual(["'); drop table item; --"]);
    });
  });

  describe("migrations", () => {
    const first = async (at: Store["db"]) => {
      await at.schema
        .createTable("trial")
        .addColumn("id", "bigserial", (c) => c.primaryKey())
        .execute();
    };
    const second = async (at: Store["db"]) => {
      await at.schema.alterTable("trial").addColumn("note", "text").execute();
      await at.insertInto("trial").values({ note: "second" }).execute();
    };
    const trials = (schema: string) => db.withSchema(schema).selectFrom("trial").selectAll().execute();
    beforeEach(() => sql`drop schema if exists study_a, study_b cascade`.execute(db));

    testHere("run once each, in order, in their own schema", async () => {
      await migrate(store, { schema: "study_a", migrations: { "001": first } });
      expect(await trials("study_a")).toEqual([]);
      for (let i = 0; i < 2; i++) {
        await migrate(store, { schema: "study_a", migrations: { "001": first, "002": second } });
        expect(await trials("study_a")).toEqual([{ id: 1, note: "second" }]);
      }
      await expect(trials("study_b")).rejects.toThrow("does not exist");
      await migrate(store, { schema: "study_b", migrations: { "001": first } });
      expect(await trials("study_b")).toEqual([]);
    });

    testHere("that fail leave nothing of themselves", async () => {
      const broken = async (at: Store["db"]) => {
        await second(at);
        await sql`select 1 / 0`.execute(at);
      };
      const migrations = { "001": first, "002": broken };
      await expect(migrate(store, { schema: "study_a", migrations })).rejects.toThrow("division by zero");
      await expect(trials("study_a")).rejects.toThrow("does not exist");
      await migrate(store, { schema: "study_a", migrations: { "001": first, "002": second } });
      expect(await trials("study_a")).toEqual([{ id: 1, note: "second" }]);
    });

    testHere("of servers that start together run once", async () => {
      const stores =
        store.kind === "postgres" ? await Promise.all([1, 2, 3].map(() => openStore(place))) : [store, store];
      const migrations = { "001": first, "002": second };
      await Promise.all(stores.map((each) => migrate(each, { schema: "study_a", migrations })));
      expect(await trials("study_a")).toEqual([{ id: 1, note: "second" }]);
      if (store.kind === "postgres") await Promise.all(stores.map((each) => each.close()));
    });

    testHere("of a newer version are respected", async () => {
      await migrate(store, { schema: "study_a", migrations: { "001": first, "002": second } });
      await expect(migrate(store, { schema: "study_a", migrations: { "001": first } })).rejects.toThrow(
        "the database (schema study_a) was written by a newer version of Oversight: this one does not know 002",
      );
      expect(await trials("study_a")).toEqual([{ id: 1, note: "second" }]);
    });
  });

  testHere("close waits for what runs; a second close does nothing; opened again, everything is there", async () => {
    const writes = Array.from({ length: 30 }, (_, i) => add(`item ${i}`));
    await Promise.all([...writes, store.close(), store.close()]);
    await expect(names()).rejects.toThrow();
    await open();
    expect(await names()).toHaveLength(30);
  });

  testHere("kill -9 at any moment: what was acknowledged is there once", async () => {
    await store.close();
    const acknowledged: string[] = [];
    for (const commits of [1, 40, 150]) acknowledged.push(...(await writeAndKill(place, commits)));
    await open();
    const { rows } = await sql<{ name: string }>`select name from written`.execute(db);
    const kept = rows.map(({ name }) => name);
    expect(new Set(kept).size).toBe(kept.length);
    expect(acknowledged.length).toBeGreaterThanOrEqual(191);
    expect(acknowledged.filter((name) => !kept.includes(name))).toEqual([]);
  });
});

/** Commits rows in eight transactions at a time, and says each one's name when its commit has been acknowledged. */
const writer = `
  import { writeSync } from "node:fs";
  import { sql } from "kysely";
  import { openStore } from ${JSON.stringify(new URL("../../dist/store/index.js", import.meta.url).href)};
  const { db } = await openStore(JSON.parse(process.argv[1]));
  await sql\`create table if not exists written (name text, half int)\`.execute(db);
  await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(async (loop) => {
    for (let i = 0; ; i++) {
      const name = [process.pid, loop, i].join(" ");
      await db.transaction().execute(async (t) => {
        await sql\`insert into written values (\${name})\`.execute(t);
        await sql\`update written set half = 2 where name = \${name}\`.execute(t);
      });
      writeSync(1, name + "\\n");
    }
  }));
`;

/** @returns the names of the commits that were acknowledged, `commits` or more, before the process was killed */
async function writeAndKill(place: StorePlace, commits: number): Promise<string[]> {
  const args = ["--input-type=module", "-e", writer, JSON.stringify(place)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  const names: string[] = [];
  createInterface({ input: child.stdout }).on("line", (name) => {
    names.push(name);
    if (names.length === commits) child.kill("SIGKILL");
  });
  await closed;
  return names;
}
