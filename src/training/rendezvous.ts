/**
 * How the processes of one run find each other: each says in a store who it is, waits for all others, sees that they
 * train the same run, and then they are a group. Waiting has no limit, since data may have to be decoded first.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { InputError } from "../base/errors.ts";
import { openProcessGroup, type ProcessGroup, Store } from "../torch/process-group.ts";
import { decisiveSettings } from "./config.ts";
import { type Place, processesOf, rankOf } from "./place.ts";
import type { PreparedRun } from "./prepare.ts";

/** What must be the same everywhere, or results would differ from process to process. */
type Identity = Record<string, unknown>;

function identify({ config, environment }: PreparedRun, { machines, here }: Place): Identity {
  const { oversight, libtorch, cpuCapability, device, precision, data } = environment;
  const kind = device.replace(/:\d+$/, "");
  const settings = decisiveSettings(config);
  return {
    machines,
    processes: here,
    ...settings,
    oversight,
    libtorch,
    cpuCapability,
    device: kind,
    precision,
    images: data,
  };
}

const pollInterval = 200;
const pause = () => new Promise((resolve) => setTimeout(resolve, pollInterval));

export interface Waiting {
  /** Told once what is waited for, if it is not there already. */
  onWait: (what: string) => void;
  /** Asked while waiting. */
  stopped: () => boolean;
}

/**
 * @returns the group, or undefined when it was stopped while waiting
 * @throws InputError when the processes do not train the same run, or cannot meet where they were told
 */
export async function joinGroup(
  prepared: PreparedRun,
  place: Place,
  waiting: Waiting,
): Promise<ProcessGroup | undefined> {
  const [rank, size] = [rankOf(place), processesOf(place)];
  const store = await openStore(place, waiting);
  if (store === undefined) return undefined;
  const own = identify(prepared, place);
  store.set(String(rank), JSON.stringify(own));
  const first = await identityOf(0, store, place, waiting);
  if (first === undefined) return undefined;
  requireSame(own, first, rank);
  for (let other = 1; other < size; other++) {
    const identity = await identityOf(other, store, place, waiting);
    if (identity === undefined) return undefined;
    requireSame(identity, first, other);
  }
  const { device } = prepared.classifier;
  return openProcessGroup(store, { rank, size, address: await ownAddress(place), device });
}

async function openStore(place: Place, { onWait, stopped }: Waiting): Promise<Store | undefined> {
  const { meet } = place;
  if ("file" in meet) return Store.inFile(meet.file, processesOf(place));
  const { host, port } = meet;
  if (rankOf(place) === 0) {
    try {
      return Store.overTcp(host, port, { serve: true });
    } catch (error) {
      throw new InputError(`--rendezvous ${host}:${port}: machine 0 cannot listen there: ${(error as Error).message}`);
    }
  }
  for (let told = false; !(await listens(host, port)); await pause()) {
    if (stopped()) return undefined;
    if (!told) onWait(`machine 0 at ${host}:${port}`);
    told = true;
  }
  return Store.overTcp(host, port, { serve: false });
}

/** Whether anybody does. @throws InputError when the host has no address */
async function listens(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port, timeout: 5000 });
  try {
    return await new Promise<boolean>((resolve, reject) => {
      socket.once("connect", () => resolve(true));
      socket.once("timeout", () => resolve(false));
      socket.once("error", (error: NodeJS.ErrnoException) => {
        const unknown = error.code === "ENOTFOUND";
        if (unknown) reject(new InputError(`--rendezvous ${host}:${port}: there is no host ${host}`));
        else resolve(false);
      });
    });
  } finally {
    socket.destroy();
  }
}

/** Who the process said it is, when it has. */
async function identityOf(rank: number, store: Store, place: Place, waiting: Waiting): Promise<Identity | undefined> {
  for (let told = false; ; await pause()) {
    const text = store.get(String(rank));
    if (text !== undefined) return JSON.parse(text);
    if (waiting.stopped()) return undefined;
    const machine = Math.floor(rank / place.here);
    if (!told && machine !== place.machine) waiting.onWait(`machine ${machine}`);
    told = true;
  }
}

function requireSame(identity: Identity, first: Identity, rank: number): void {
  for (const [name, value] of Object.entries(first)) {
    const [own, wanted] = [identity[name], value].map((value) => JSON.stringify(value));
    if (own === wanted) continue;
    const hint = name === "cpuCapability" ? "; set ATEN_CPU_CAPABILITY to the lesser of both on every machine" : "";
    throw new InputError(
      `process ${rank} cannot train with process 0: its ${name} is ${own}, process 0 has ${wanted}${hint}`,
    );
  }
}

/** The address of this machine from which machine 0 is reached: the others reach this machine there. */
async function ownAddress({ meet }: Place): Promise<string> {
  if ("file" in meet) return "127.0.0.1";
  const socket = createSocket("udp4");
  try {
    socket.connect(meet.port, meet.host); // sends nothing: it only asks the system for the way
    await once(socket, "connect");
    return socket.address().address;
  } finally {
    socket.close();
  }
}
