/** Builds the sources in native/ into native/build/torch.node by CMake. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { coreLibrary, cudaHeaders, cxx11Abi, findLibtorch, installLibtorch } from "./libtorch.mjs";
import { buildFolder, freshFolder, nativeFolder, privateLibtorch, root } from "./places.mjs";
import { ask, run, SetupError, timed, which } from "./shell.mjs";

const addon = join(buildFolder, "torch.node");
const sources = listSources(nativeFolder);
/** What the addon was built from. */
const recordFile = join(buildFolder, "built.json");

/** What the build reads: all in native/ but what set-up itself puts there. */
function listSources(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => ({ entry, path: join(folder, entry.name) }))
    .filter(({ path }) => path !== buildFolder && path !== privateLibtorch)
    .flatMap(({ entry, path }) => (entry.isDirectory() ? listSources(path) : [path]))
    .sort();
}

function digestOf(...paths) {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(readFileSync(path));
  return hash.digest("hex");
}

function stateOf(path) {
  const { size, mtimeMs } = statSync(path);
  return `${size} ${mtimeMs}`;
}

/** What libtorch is looked up by. */
function surroundings() {
  return { LIBTORCH: process.env.LIBTORCH ?? null, python: which("python3") ?? null };
}

function readRecord() {
  try {
    return JSON.parse(readFileSync(recordFile, "utf8"));
  } catch {
    return undefined; // none yet, or one that was cut off: build again
  }
}

/**
 * → the record of the build when nothing has changed since. libtorch is looked up again only where the environment is
 * another, since asking Python takes time.
 */
export function currentBuild() {
  const record = readRecord();
  if (!record || !existsSync(addon) || record.sources !== digestOf(...sources)) return undefined;
  const library = join(record.libtorch.libraryFolder, coreLibrary);
  if (!existsSync(library) || stateOf(library) !== record.library) return undefined;
  if (JSON.stringify(record.cudaHeaders) !== JSON.stringify(cudaHeaders(record.libtorch))) return undefined;
  if (JSON.stringify(record.surroundings) === JSON.stringify(surroundings())) return record;
  const found = findLibtorch();
  return found?.libraryFolder === record.libtorch.libraryFolder && found.version === record.libtorch.version
    ? record
    : undefined;
}

/** Where Node-API's headers are; any version of them fits any Node.js. */
function nodeHeaders() {
  const require = createRequire(join(root, "package.json"));
  const nodedir = ask("npm", ["config", "get", "nodedir"]);
  const places = [
    ...(nodedir && nodedir !== "undefined" ? [join(nodedir, "include/node")] : []),
    join(dirname(process.execPath), "../include/node"),
    "/usr/include/node",
    join(dirname(require.resolve("node-api-headers/package.json")), "include"),
  ];
  return places.find((folder) => existsSync(join(folder, "node_api.h")));
}

function checkTools() {
  const install =
    process.platform === "darwin"
      ? "`xcode-select --install && brew install cmake`"
      : "`sudo apt-get install cmake g++`";
  if (!which("cmake")) throw new SetupError(`cmake is missing: type ${install} or what your system has in its place`);
  if (!process.env.CXX && !["c++", "g++", "clang++"].some((name) => which(name)))
    throw new SetupError(`no C++ compiler found: type ${install} or set CXX to one`);
}

function compile(libtorch, folder) {
  const require = createRequire(join(root, "package.json"));
  const settings = {
    TORCH_INCLUDE_DIRS: `${libtorch.includeFolder};${libtorch.includeFolder}/torch/csrc/api/include`,
    TORCH_LIBRARY_DIR: libtorch.libraryFolder,
    TORCH_CXX11_ABI: cxx11Abi(libtorch),
    CUDA_INCLUDE_DIRS: cudaHeaders(libtorch).join(";"),
    NODE_INCLUDE_DIR: nodeHeaders(),
    NODE_ADDON_API_DIR: dirname(require.resolve("node-addon-api/package.json")),
  };
  const generator = which("ninja") ? ["-G", "Ninja"] : [];
  const definitions = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`);
  return (
    run("cmake", ["-S", nativeFolder, "-B", folder, ...generator, ...definitions]) && run("cmake", ["--build", folder])
  );
}

/** The environment is empty, as a service's may be: the addon must find its libraries by itself. */
function loads(path) {
  return run(process.execPath, ["-e", `require(${JSON.stringify(path)}).info()`], { env: {} });
}

/**
 * Builds in a folder of its own, then moves the addon over the last one: programs that run keep theirs, and compilers
 * that a killed set-up left behind disturb nobody.
 */
export function buildNative() {
  checkTools();
  const libtorch = findLibtorch() ?? installLibtorch();
  const where = `libtorch ${libtorch.version} in ${libtorch.libraryFolder}`;
  const folder = freshFolder("cmake-");
  try {
    if (!timed(`building the native addon against ${where}`, () => compile(libtorch, folder)))
      throw new SetupError(
        `the native addon does not build against ${where} (see above): try another by LIBTORCH=folder`,
      );
    const built = join(folder, "torch.node");
    if (!loads(built))
      throw new SetupError(`the native addon does not load with ${where} (see above): try another by LIBTORCH=folder`);
    rmSync(recordFile, { force: true });
    renameSync(built, addon);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const library = stateOf(join(libtorch.libraryFolder, coreLibrary));
  const record = {
    sources: digestOf(...sources),
    surroundings: surroundings(),
    libtorch,
    library,
    cudaHeaders: cudaHeaders(libtorch),
  };
  writeFileSync(recordFile, `${JSON.stringify(record, null, 2)}\n`);
}
