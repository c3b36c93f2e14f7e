/**
 * Several processes that train one network, each on its share of every batch, through libtorch's c10d: Gloo over TCP for
 * what lies on the CPU, NCCL for what lies on GPUs, of which each process has one. All must make the same calls in the
 * same order: each call waits for all others'.
 */
import { InputError } from "../base/errors.ts";
import { indices, tensor } from "./create.ts";
import { torchInfo } from "./modes.ts";
import { type NativeGroup, type NativeProcessGroups, type NativeStore, native } from "./native.ts";
import { scope } from "./scope.ts";
import { Tensor } from "./tensor.ts";

/** Another process of the group has ended, or did not answer in time. What was computed together is lost. */
export class ProcessLostError extends Error {
  override readonly name = "ProcessLostError";
}

/** @throws InputError where libtorch, or the addon, was built without what processes need that train on the device */
export function requireProcessGroups(device = "cpu"): NativeProcessGroups {
  if (native.openGroup === undefined) {
    throw new InputError(
      `libtorch ${torchInfo().version} was built without Gloo, by which processes train together: ` +
        "build against Debian's libtorch-dev or PyTorch's for Linux (see CONTRIBUTING.md), or train in one process",
    );
  }
  if (device !== "cpu" && !native.hasNccl) {
    throw new InputError(
      `the native addon was built without NCCL, by which processes train together on GPUs: install CUDA's and NCCL's ` +
        "headers (see docs/training.md) and run `npm run setup`, or train with --device cpu or in one process",
    );
  }
  return native as NativeProcessGroups;
}

/** Short texts by name that all processes see: where they meet before they are a group. */
export class Store {
  readonly handle: NativeStore;

  private constructor(handle: NativeStore) {
    this.handle = handle;
  }
  /** By a file, for `size` processes of one machine. It must not be there before the first opens it. */
  static inFile(path: string, size: number): Store {
    return new Store(requireProcessGroups().openFileStore(path, size));
  }
  /**
   * Over TCP: the process that serves listens on the port, on every address of its machine.
   * @throws Error when it cannot listen, or nobody does
   */
  static overTcp(host: string, port: number, { serve }: { serve: boolean }): Store {
    return new Store(requireProcessGroups().openTcpStore(host, port, serve, connectTimeout));
  }
  set(key: string, value: string): void {
    requireProcessGroups().storeSet(this.handle, key, value);
  }
  /** undefined while nobody has set it. */
  get(key: string): string | undefined {
    const { storeHas, storeGet } = requireProcessGroups();
    return storeHas(this.handle, key) ? storeGet(this.handle, key) : undefined;
  }
}

const connectTimeout = 30_000;
/**
 * How long one process waits for the others in one call. A process that ends is noticed at once, since its connections
 * close; this is for one that stands still. It must be longer than whatever one does alone, as saving a checkpoint.
 */
const silenceTimeout = 300_000;
/** Gradients travel in buckets of this size: large enough for the network, small enough to fill one while another is sent. */
const bucketBytes = 25 * 2 ** 20;

/**
 * Opens the group when all of its processes have called this.
 * @param address at which the others reach this process
 * @param device on which this process trains; all have one of the same kind, and no two the same GPU
 * @throws ProcessLostError when they do not meet in time
 */
export function openProcessGroup(
  store: Store,
  { rank, size, address, device }: { rank: number; size: number; address: string; device: string },
): ProcessGroup {
  const { openGroup } = requireProcessGroups(device);
  try {
    return new ProcessGroup(openGroup(store.handle, rank, size, address, device, silenceTimeout), rank, size);
  } catch (error) {
    throw new ProcessLostError((error as Error).message, { cause: error });
  }
}

/** The rows of a batch that are one process's. */
export class Share {
  readonly group: ProcessGroup;
  /** The first row, and how many; none where the batch has fewer rows than there are processes. */
  readonly first: number;
  readonly length: number;
  /** Rows of the whole batch. */
  readonly total: number;
  /** Every process's, by rank. */
  readonly #lengths: readonly number[];

  constructor(group: ProcessGroup, total: number) {
    const { rank, size } = group;
    const edges = Array.from({ length: size + 1 }, (_, other) => Math.floor((other * total) / size));
    this.group = group;
    this.#lengths = edges.slice(1).map((edge, other) => edge - edges[other]);
    this.first = edges[rank];
    this.length = this.#lengths[rank];
    this.total = total;
  }

  /**
   * Batch norm with the statistics of the whole batch; moves the running ones. The gradients of weight and bias are those
   * of this share. A process without rows gives one that counts for nothing.
   */
  batchNorm(
    input: Tensor,
    layer: Record<"weight" | "bias" | "runningMean" | "runningVar", Tensor>,
    momentum: number,
    eps: number,
  ): Tensor {
    const { weight, bias, runningMean, runningVar } = layer;
    const handles = [input, weight, bias, runningMean, runningVar].map(({ handle }) => handle);
    const [x, w, b, mean, variance] = handles;
    const { handle, rank } = this.group;
    const { syncBatchNorm } = requireProcessGroups();
    return new Tensor(syncBatchNorm(handle, this.#lengths, rank, x, w, b, mean, variance, momentum, eps));
  }
}

export class ProcessGroup {
  readonly rank: number;
  readonly size: number;
  readonly handle: NativeGroup;

  constructor(handle: NativeGroup, rank: number, size: number) {
    this.handle = handle;
    this.rank = rank;
    this.size = size;
  }

  /** This process's rows of a batch. */
  shareOf(total: number): Share {
    return new Share(this, total);
  }
  /** The sums of the processes' numbers, place by place: the same bits in every process. */
  sum(values: Iterable<number>): number[] {
    return scope(() => this.sumTensor(tensor(Float64Array.from(values))).values());
  }
  /** Overwrites a contiguous tensor that records no gradient with the sum over all processes. */
  sumTensor(values: Tensor): Tensor {
    requireProcessGroups().allReduce(this.handle, values.handle);
    return values;
  }
  /**
   * Backward from every process's own loss; gives each parameter the sum of all processes' gradients, which travel while
   * backward goes on. The parameters must have none before, and the next call overwrites them.
   */
  backward(loss: Tensor, parameters: readonly Tensor[]): void {
    const handles = parameters.map(({ handle }) => handle);
    requireProcessGroups().backwardTogether(this.handle, loss.handle, handles, bucketBytes);
  }
  /** Process 0's bytes; what the others give is not looked at. */
  broadcast(bytes: Uint8Array): Uint8Array {
    return scope(() => {
      const { broadcast } = requireProcessGroups();
      const length = indices([bytes.byteLength]);
      broadcast(this.handle, length.handle);
      const content = tensor(this.rank === 0 ? bytes : new Uint8Array(length.item()));
      broadcast(this.handle, content.handle);
      return content.bytes();
    });
  }
  /**
   * Runs what the processes do together.
   * @throws ProcessLostError when another process is gone, instead of libtorch's own error
   */
  async together<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      if (!requireProcessGroups().groupLost(this.handle)) throw error;
      throw new ProcessLostError((error as Error).message, { cause: error });
    }
  }
  /** Closes the connections: a process that still calls is told so. */
  close(): void {
    requireProcessGroups().closeGroup(this.handle);
  }
}

let share: Share | undefined;

/** Runs `body` on this process's share of a batch: layers that look at the whole batch then do so over all processes. */
export function inShare<T>(own: Share | undefined, body: () => T): T {
  const outer = share;
  share = own;
  try {
    return body();
  } finally {
    share = outer;
  }
}

/** The share that is computed on; undefined where this process has the whole batch. */
export function currentShare(): Share | undefined {
  return share;
}
