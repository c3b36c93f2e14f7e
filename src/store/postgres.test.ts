import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { sql } from "kysely";
import { afterAll, describe, expect, test } from "vitest";
import { startPostgres } from "../../test/postgres.ts";
import { openStore } from "./index.ts";

const server = await startPostgres();
afterAll(() => server?.stop());

async function refusal(url: string): Promise<string> {
  const error = await openStore({ url }).catch((error) => error);
  expect(error.name).toBe("InputError");
  for (const secret of ["secret", "s3cr"]) expect(error.message).not.toContain(secret);
  return error.message;
}

describe("an address that is none is refused without telling it", () => {
  const cases: [string, RegExp][] = [
    ["", /DATABASE_URL\): it does not begin with postgresql:\/\/; expected postgresql:\/\/user:password@host:port/],
    ["mysql://tester:secret@localhost/db", /does not begin with postgresql/],
    ["postgresql://tester:s3cr/et@localhost/db", /in a password, @ is written %40, \/ %2F/],
    ["postgresql://tester:33/secret@localhost/db", /in a password, @ is written %40/],
    ["postgresql://tester:33?secret@localhost/db", /in a password, @ is written %40/],
    ["postgresql://tester:secret@localhost:99999/db", /cannot be read/],
    ["postgresql://tester:secret@localhost/db?sslmode=verify-full&sslrootcert=/none", /a file that it names/],
  ];
  test.each(cases)("%s", async (url, message) => expect(await refusal(url)).toMatch(message));
});

describe("a server that is out of reach is named", () => {
  test("nothing answers", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    closed.close();
    expect(await refusal(`postgresql://tester:secret@127.0.0.1:${port}/db`)).toBe(
      `PostgreSQL at 127.0.0.1:${port}: no server answers there; is it running, and is the port right?`,
    );
    expect(await refusal("postgresql:///db?host=/nowhere&password=secret")).toBe(
      "PostgreSQL at /nowhere: there is no socket of a server in this folder",
    );
  });

  test("it answers, but not as PostgreSQL", async () => {
    const other = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    expect(await refusal(`postgresql://tester:secret@127.0.0.1:${port}/db`)).toContain(`at 127.0.0.1:${port}: `);
    other.close();
  });
});

describe.skipIf(server === undefined)("a server that refuses says why", () => {
  const cases: [string, (url: string) => string, RegExp][] = [
    [
      "wrong password",
      (url) => url.replace(":secret", ":s3cret"),
      /^\S+ at 127.0.0.1:\d+: the password of user "tester" is wrong$/,
    ],
    ["no password", (url) => url.replace(":secret", ""), /user "tester" needs a password, and the address has none$/],
    ["no such user", (url) => url.replace("tester", "nobody"), /the password of user "nobody" is wrong$/],
    ["no such database", (url) => `${url}x`, /there is no database "postgresx"; make it with createdb$/],
    ["no encryption", (url) => `${url}?sslmode=verify-full`, /The server does not support SSL connections$/],
  ];
  test.each(cases)("%s", async (_name, change, message) => {
    expect(await refusal(change(server!.url))).toMatch(message);
  });
});

test.skipIf(server === undefined)("connections that the server has ended are made anew", async () => {
  const store = await openStore(server!);
  const operator = await openStore(server!);
  const count = () => sql<{ n: number }>`select count(*) as n from pg_class`.execute(store.db);
  await Promise.all([count(), count(), count()]);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'oversight' and pid <> pg_backend_pid()`.execute(operator.db);
  await expect
    .poll(() =>
      count().then(
        ({ rows }) => rows[0].n,
        () => 0,
      ),
    )
    .toBeGreaterThan(0);
  await store.close();
  await operator.close();
});
