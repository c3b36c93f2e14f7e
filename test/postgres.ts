/** A PostgreSQL server of a test's own, on a free port of this machine; it goes away with the test. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

export interface Postgres {
  /** `postgresql://tester:secret@127.0.0.1:<port>/postgres`, a superuser. */
  readonly url: string;
  /** As if its machine had lost power: ends the server at once, and starts it again after so many seconds. */
  restart(seconds: number): Promise<void>;
  /** Ends the server and removes its files. */
  stop(): Promise<void>;
}

/**
 * Makes a cluster and starts its server. Should this process die, the server stops too and its files are removed.
 * @returns undefined, having said so, where PostgreSQL's programs are not installed
 */
export async function startPostgres(): Promise<Postgres | undefined> {
  const programs = findPrograms();
  if (programs === undefined) {
    console.warn("PostgreSQL's initdb and postgres are not installed: tests on a server are skipped");
    return undefined;
  }
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), "oversight-postgres-"));
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const port = await freePort();
  const guard = spawn("sh", ["-c", lifetime, "sh", folder, programs, String(port), ...asUser(user)], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH: process.env.PATH, LC_ALL: "C" },
  });
  const ended = once(guard, "close");
  await ready(guard);
  return {
    url: `postgresql://tester:secret@127.0.0.1:${port}/postgres`,
    async restart(seconds) {
      guard.stdin.write(`${seconds}\n`);
      await ready(guard, { restarts: true });
    },
    async stop() {
      guard.stdin.end();
      await ended;
    },
  };
}

/** Lasts until its standard input ends, which it does at `stop`, and when the test's process dies in any way. */
const lifetime = `
  folder=$1 programs=$2 port=$3
  shift 3
  printf secret >"$folder.password" && chmod 644 "$folder.password"
  "$@" "$programs/initdb" -D "$folder/data" -U tester -A scram-sha-256 --pwfile="$folder.password" \\
    -E UTF8 --no-locale --no-sync >&2 || { rm -rf "$folder" "$folder.password"; exit 1; }
  start() {
    "$@" "$programs/postgres" -D "$folder/data" -p "$port" -c listen_addresses=127.0.0.1 \\
      -c unix_socket_directories= -c fsync=off -c shared_buffers=32MB >&2 </dev/null &
    server=$!
  }
  start "$@"
  while read -r seconds; do
    kill -QUIT $server
    wait $server
    sleep "$seconds"
    start "$@"
  done
  kill -QUIT $server
  wait $server
  rm -rf "$folder" "$folder.password"
`;

async function ready(guard: ChildProcess, { restarts = false } = {}): Promise<void> {
  let said = "";
  await new Promise<void>((resolve, reject) => {
    guard.stderr!.on("data", (chunk) => {
      said += chunk;
      if (said.includes("ready to accept connections")) resolve();
      if (!restarts && said.includes("database system is shut down")) guard.stdin!.end();
    });
    guard.on("close", () => reject(new Error(`PostgreSQL did not start: ${said}`)));
  });
  guard.stderr!.removeAllListeners("data").resume();
}

/** The folder of the newest version's programs, on the path or where Debian has them. */
function findPrograms(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...versions.map((v) => join(debian, v, "bin"))];
  return folders.find((path) => existsSync(join(path, "postgres")) && existsSync(join(path, "initdb")));
}

/** The server refuses to run as root: then it is another user's. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const [, , uid, gid] = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody")!;
  return { uid: Number(uid), gid: Number(gid) };
}

function asUser(user: { uid: number; gid: number } | undefined): string[] {
  return user === undefined ? [] : ["setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
