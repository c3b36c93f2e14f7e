/**
 * Finds libtorch, or gets it. Looked up in this order: `LIBTORCH`, the torch of the active Python, the system's, the
 * private folder native/libtorch. What is found is one place: headers of one version beside libraries of another crash.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from "node:fs";
import { machine, platform } from "node:os";
import { dirname, join } from "node:path";
import { installByApt } from "./apt.mjs";
import { freshFolder, privateLibtorch } from "./places.mjs";
import { ask, run, SetupError, say, timed, which } from "./shell.mjs";

/**
 * @typedef {object} Libtorch
 * @property {string} foundBy which of the places it was found in, in words
 * @property {string} version of its headers, e.g. "2.13.0"
 * @property {string} includeFolder
 * @property {string} libraryFolder
 */

export const coreLibrary = platform() === "darwin" ? "libtorch_cpu.dylib" : "libtorch_cpu.so";

function versionOf(includeFolder) {
  // Since 2.9 the numbers stand in a header of their own.
  for (const header of ["torch/headeronly/version.h", "torch/csrc/api/include/torch/version.h"]) {
    const path = join(includeFolder, header);
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    const version = /TORCH_VERSION\s*\\?\s*"([^"]+)"/.exec(text)?.[1];
    if (version) return version;
  }
  return undefined;
}

/**
 * The libtorch under `folder`: of PyTorch's wheel or archive (include/, lib/) or of a distribution (its libraries in
 * lib/x86_64-linux-gnu). Links are followed, since Debian's python3-torch is a folder of links to the system's.
 * @returns {Libtorch | undefined}
 */
function libtorchIn(folder, foundBy) {
  const header = join(folder, "include/torch");
  const library = ["lib", "lib64", `lib/${machine()}-linux-gnu`]
    .map((name) => join(folder, name, coreLibrary))
    .find((path) => existsSync(path));
  if (library === undefined || !existsSync(header)) return undefined;
  const includeFolder = dirname(realpathSync(header));
  const version = versionOf(includeFolder);
  return version && { foundBy, version, includeFolder, libraryFolder: dirname(realpathSync(library)) };
}

/** Asks where torch is without importing it, which takes seconds. */
function pythonTorchFolder() {
  const question = "import importlib.util as u; s = u.find_spec('torch'); print(s.origin if s and s.origin else '')";
  const file = which("python3") && ask("python3", ["-c", question]);
  return file ? dirname(file) : undefined;
}

/** @returns {Libtorch | undefined} */
export function findLibtorch() {
  const named = process.env.LIBTORCH;
  if (named) {
    const found = libtorchIn(named, "LIBTORCH");
    if (!found)
      throw new SetupError(
        `LIBTORCH=${named} holds no libtorch: wanted there include/torch and lib/${coreLibrary}; correct it or unset it`,
      );
    return found;
  }
  const python = pythonTorchFolder();
  return (
    (python && libtorchIn(python, "the active Python's torch")) ??
    libtorchIn("/usr/local", "the system") ??
    libtorchIn("/usr", "the system") ??
    libtorchIn(join(privateLibtorch, "torch"), "native/libtorch")
  );
}

/**
 * Whether its libraries use the C++11 strings (1) or those before (0, PyTorch's wheels until 2.5): read from how
 * libc10 spells the constructors of its errors.
 */
export function cxx11Abi(libtorch) {
  const path = join(libtorch.libraryFolder, "libc10.so");
  if (!existsSync(path)) return 1; // macOS has only one
  return /_ZN3c105ErrorC[12]E\w*__cxx11/.test(readFileSync(path, "latin1")) ? 1 : 0;
}

/**
 * Folders of headers of CUDA and NCCL, which a libtorch for CUDA wants to train by several GPUs and does not bring: those
 * of the wheels that PyTorch's comes with, then the CUDA toolkit's. None for a libtorch without CUDA.
 */
export function cudaHeaders({ libraryFolder }) {
  if (!existsSync(join(libraryFolder, "libtorch_cuda.so"))) return [];
  const wheels = join(libraryFolder, "../../nvidia");
  const packages = existsSync(wheels) ? readdirSync(wheels).sort() : [];
  const toolkit = process.env.CUDA_HOME ?? "/usr/local/cuda";
  return [...packages.map((name) => join(wheels, name)), toolkit]
    .map((folder) => join(folder, "include"))
    .filter((folder) => existsSync(folder));
}

/**
 * PyTorch's CPU wheel, put in place only when it is whole. PyPI's own wheel for Linux wants gigabytes of CUDA beside it:
 * no index but PyTorch's is asked, whatever pip is configured for.
 */
function installByPip() {
  const partial = freshFolder("libtorch-");
  const cpuIndex = "https://download.pytorch.org/whl/cpu";
  const indexes = platform() === "linux" ? { PIP_INDEX_URL: cpuIndex, PIP_EXTRA_INDEX_URL: cpuIndex } : {};
  const env = { ...process.env, ...indexes };
  try {
    const installed = timed("no libtorch found: fetching PyTorch's CPU wheel by pip into native/libtorch", () =>
      run("python3", ["-m", "pip", "install", "--no-deps", "--target", partial, "torch"], { env }),
    );
    if (!installed) return;
    rmSync(privateLibtorch, { recursive: true, force: true });
    renameSync(partial, privateLibtorch);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** @returns {Libtorch} */
export function installLibtorch() {
  if (installByApt("libtorch-dev", "no libtorch found") === false) say("apt-get could not install libtorch-dev");
  let found = findLibtorch();
  if (!found && which("python3") && ask("python3", ["-m", "pip", "--version"]) !== undefined) {
    installByPip();
    found = findLibtorch();
  }
  if (found) return found;
  throw new SetupError(
    "no libtorch: type `sudo apt-get install libtorch-dev` (Debian, Ubuntu) or `python3 -m pip install torch`, " +
      "or unpack it from https://pytorch.org and set LIBTORCH to its folder; then run this again",
  );
}
