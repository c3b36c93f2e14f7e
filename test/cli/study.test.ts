/** `oversight study`: what cannot be used is one line and exit code 2; PostgreSQL in place of the folder's database. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { copyEmptyDatabase } from "../empty-database.ts";
import { startPostgres } from "../postgres.ts";
import { makeSmallStudy } from "../small-study.ts";
import { type Finished, oversight, start, temporaryFolder } from "./command.ts";

const root = temporaryFolder();
const cache = join(root, "cache");
const folder = join(root, "small");
const study = (...args: string[]) => oversight(cache, "study", ...args);

beforeAll(() => makeSmallStudy(folder, { each: 8 }));

function expectRefusal({ code, stdout, stderr }: Finished, message: RegExp): void {
  expect(stderr.trim().split("\n").at(-1)).toMatch(message);
  expect(stderr).not.toMatch(/^ +at /m);
  expect([code, stdout]).toEqual([2, ""]);
}

describe("flags and folders", () => {
  const url = ["--url", "http://127.0.0.1:1"];
  test.each<[string, () => string[], RegExp]>([
    ["no study.yaml", () => ["serve", root], /study\.yaml: no such file/],
    ["a port that is none", () => ["serve", folder, "--port", "99999"], /--port: .* 65535, found "99999"/],
    [
      "a password file that is missing",
      () => ["serve", folder, "--password-file", join(root, "no")],
      /no: no such file/,
    ],
    ["an address that is none", () => ["simulate", folder, "--url", "here", "--participants", "2"], /--url: .*"here"/],
    [
      "nobody",
      () => ["simulate", folder, ...url, "--participants", "0"],
      /--participants: .*of at least|--participants: .*1/,
    ],
    [
      "a share above 1",
      () => ["simulate", folder, ...url, "--participants", "2", "--skill", "7"],
      /--skill: .*found "7"/,
    ],
    ["no server", () => ["simulate", folder, ...url, "--participants", "2"], /cannot reach http:\/\/127\.0\.0\.1:1\//],
    ["no records", () => ["analyze", folder], /nobody has taken part yet; .*study serve/],
    ["a rule that is none", () => ["maps", folder, "--judgements", "corect"], /"corect" — did you mean "correct"/],
    ["a blur in pixels", () => ["maps", folder, "--blur", "7"], /--blur: .*from 0 to 0\.5, found "7"/],
    ["a kind that is none", () => ["export", folder, "--kinds", "trials,mask"], /"mask" — did you mean "masks"/],
    [
      "a study that is there",
      () => ["init", folder, "--images", join(folder, "main.csv")],
      /study\.yaml is there already/,
    ],
    ["a label that is none", () => [...init(), "--target", "Sinthetic"], /"Sinthetic" — did you mean "Synthetic"/],
    ["no manifest", () => ["init", join(root, "new"), "--images", join(root, "none.csv")], /none\.csv: no such file/],
  ])("%s", async (_, args, message) => {
    expectRefusal(await study(...args()), message);
    expect(existsSync(join(root, "new", "study.yaml"))).toBe(false);
    expect(existsSync(join(folder, "database"))).toBe(false);
  });
  const init = () => ["init", join(root, "new"), "--images", join(folder, "main.csv")];

  test("init writes a study.yaml that serve would read, with what was given", async () => {
    const made = join(root, "made-here");
    const given = ["--images", join(folder, "main.csv"), "--title", "A <b>title</b>", "--question", 'Which is "fake"?'];
    const { code, stderr } = await study("init", made, ...given);
    expect(code, stderr).toBe(0);
    const { readStudy } = await import("../../src/study/study-file.ts");
    const { protocol } = await readStudy(made);
    expect(protocol).toMatchObject({
      name: "made-here",
      title: "A <b>title</b>",
      question: { text: 'Which is "fake"?' },
    });
  });
});

describe("serving", () => {
  test("a password of too few letters, and a port that is taken: refused, and the folder is free again", async () => {
    const own = join(root, "own");
    await makeSmallStudy(own, { each: 8 });
    await copyEmptyDatabase(join(own, "database"));
    const password = join(root, "password");
    writeFileSync(password, "short\n");
    expectRefusal(await study("serve", own, "--password-file", password), /password: 5 characters; from 8/);
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as AddressInfo;
    expectRefusal(
      await study("serve", own, "--port", String(port)),
      new RegExp(`port ${port}: another program listens`),
    );
    taken.close();
    expect(existsSync(join(own, "database", "lock"))).toBe(false);
  });

  test("with a password no link is printed; a second server is told who holds the folder", async () => {
    const own = join(root, "locked");
    await makeSmallStudy(own, { each: 8 });
    await copyEmptyDatabase(join(own, "database"));
    const password = join(root, "long-password");
    writeFileSync(password, "correct horse\n");
    const server = start(cache, "study", "serve", own, "--port", "0", "--password-file", password);
    const [, url] = await server.said(/researcher +(\S+)\/researcher\n/);
    const logIn = (given: string) =>
      fetch(`${url}/api/researcher/login`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: url },
        body: JSON.stringify({ password: given }),
      });
    expect((await logIn("battery staple")).status).toBe(401);
    expect((await logIn("correct horse")).status).toBe(204);
    expect(readFileSync(join(own, "secret.json"), "utf8")).not.toContain("horse");
    const second = await study("serve", own, "--port", "0");
    expectRefusal(second, new RegExp(`the database is held by process ${server.process.pid} `));
    server.process.kill("SIGTERM");
    expect((await server.finished).code).toBe(0);
  });
});

test("DATABASE_URL: records in PostgreSQL, two servers at once, analysed while they run", async (context) => {
  const postgres = await startPostgres();
  if (postgres === undefined) return context.skip("PostgreSQL is not installed");
  process.env.DATABASE_URL = postgres.url;
  const servers = [0, 1].map(() => start(cache, "study", "serve", folder, "--port", "0"));
  try {
    const urls = await Promise.all(servers.map(async (server) => (await server.said(/participants +(\S+)\//))[1]));
    await Promise.all(
      urls.map(async (url, seed) => {
        const simulated = await study("simulate", folder, "--url", url, "--participants", "4", "--seed", String(seed));
        expect(simulated.code, simulated.stderr + simulated.stdout).toBe(0);
      }),
    );
    const analysed = await study("analyze", folder);
    expect(analysed.code, analysed.stderr).toBe(0);
    expect(analysed.stdout).toMatch(/8 joined/);
    const exported = await study("export", folder, "--to", join(root, "exports"), "--kinds", "trials,strokes");
    expect(exported.code, exported.stderr).toBe(0);
    const rows =
      readFileSync(join(root, "exports", "trials.csv"), "utf8")
        .trim()
        .split("\n").length - 1;
    expect(exported.stdout).toMatch(new RegExp(`^trials +${rows}\n`));
    expect(rows).toBeGreaterThan(20);
    const codes = join(root, "codes.csv");
    expect((await study("export", folder, "--codes", codes)).stdout).toMatch(/^[1-8] completed: /);
    expect(readFileSync(codes, "utf8")).toMatch(
      /^participant,code,.*\n(\d+,[A-Z2-9]{10},\d{4}-\d\d-\d\dT[\d:.]+Z,,,\n)+$/,
    );
    expect(existsSync(join(folder, "database"))).toBe(false);
  } finally {
    delete process.env.DATABASE_URL;
    for (const server of servers) server.process.kill("SIGINT");
    await Promise.all(servers.map(({ finished }) => finished));
    await postgres.stop();
  }
});
