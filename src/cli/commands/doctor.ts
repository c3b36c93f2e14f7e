/** `oversight doctor`: what this machine has, and what is wrong with it. */
import { availableParallelism, cpus, freemem, machine, platform, release, totalmem } from "node:os";
import { Command } from "commander";
import { cacheFolder } from "../../base/cache-folder.ts";
import { hasFastBfloat16 } from "../../base/cpu.ts";
import { version } from "../../base/version.ts";

/** What was found; null where something is missing, with a word on it in `problems`. */
export interface Findings {
  oversight: string;
  node: string;
  platform: string;
  cpu: { model: string; cores: number; fastBfloat16: boolean | null };
  memory: { total: number; free: number };
  libtorch: {
    version: string;
    folder: string | null;
    cpuCapability: string;
    threads: number;
    cudaDevices: number;
    collectives: string[];
  } | null;
  sharp: { version: string; libvips: string } | null;
  cacheFolder: string;
  problems: string[];
}

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("Say what was found on this machine: Node, libtorch, processor, GPUs.")
    .option("--json", "as JSON")
    .action(async ({ json }: { json?: true }) => {
      const findings = await examine();
      process.stdout.write(json ? `${JSON.stringify(findings, null, 2)}\n` : formatFindings(findings));
      process.exitCode = findings.problems.length > 0 ? 1 : 0;
    });
}

async function examine(): Promise<Findings> {
  const problems: string[] = [];
  const attempt = async <T>(what: string, look: () => Promise<T>): Promise<T | null> => {
    try {
      return await look();
    } catch (error) {
      problems.push(`${what}: ${(error as Error).message.split("\n")[0]}`);
      return null;
    }
  };
  const libtorch = await attempt("libtorch", examineLibtorch);
  const sharp = await attempt("sharp", async () => {
    const { versions } = (await import("sharp")).default;
    return { version: versions.sharp ?? "unknown", libvips: versions.vips };
  });
  const limit = process.constrainedMemory();
  return {
    oversight: version,
    node: process.versions.node,
    platform: `${platform()} ${release()} ${machine()}`,
    cpu: {
      model: cpus()[0]?.model.trim() || "unknown",
      cores: availableParallelism(),
      fastBfloat16: hasFastBfloat16() ?? null,
    },
    memory: { total: limit > 0 ? Math.min(limit, totalmem()) : totalmem(), free: freemem() },
    libtorch,
    sharp,
    cacheFolder: cacheFolder(),
    problems,
  };
}

async function examineLibtorch(): Promise<Findings["libtorch"]> {
  const { torchInfo } = await import("../../torch/modes.ts");
  return { ...torchInfo(), folder: folderOfLoaded("libtorch_cpu.") };
}

/** Where a shared library that this process has loaded lies: what is used, whatever was meant to be. */
function folderOfLoaded(prefix: string): string | null {
  const { sharedObjects } = process.report.getReport() as { sharedObjects?: string[] };
  const path = sharedObjects?.find((path) => path.slice(path.lastIndexOf("/") + 1).startsWith(prefix));
  return path?.slice(0, path.lastIndexOf("/")) ?? null;
}

function formatCollectives(collectives: readonly string[]): string {
  if (collectives.length === 0) return "one a run: this libtorch has no Gloo";
  const places = collectives.includes("NCCL") ? "on the CPU (Gloo) or on GPUs (NCCL)" : "on the CPU (Gloo)";
  return `several may share a run, ${places}`;
}

/** The findings as aligned lines. */
export function formatFindings(findings: Findings): string {
  const { cpu, memory, libtorch, sharp, problems } = findings;
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const bfloat16 = cpu.fastBfloat16 === null ? "unknown on this system" : cpu.fastBfloat16 ? "fast" : "slow";
  const rows: [string, string][] = [
    ["Oversight", findings.oversight],
    ["Node.js", findings.node],
    ["platform", findings.platform],
    ["processor", `${cpu.model}, ${cpu.cores} cores`],
    ["bfloat16", `${bfloat16} on this processor`],
    ["memory", `${gigabytes(memory.total)}, ${gigabytes(memory.free)} free`],
    ["libtorch", libtorch ? `${libtorch.version} in ${libtorch.folder ?? "an unknown folder"}` : "missing"],
    ...(libtorch
      ? ([
          ["CPU capability", libtorch.cpuCapability],
          ["threads", `${libtorch.threads} by libtorch's own choice; training takes one a core unless told`],
          ["CUDA devices", String(libtorch.cudaDevices)],
          ["processes", formatCollectives(libtorch.collectives)],
        ] as [string, string][])
      : []),
    ["sharp", sharp ? `${sharp.version} (libvips ${sharp.libvips})` : "missing"],
    ["cache folder", findings.cacheFolder],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  return [...lines, ...problems.map((problem) => `problem: ${problem}`), ""].join("\n");
}
