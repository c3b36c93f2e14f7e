/** Builds native/torch.cc into native/build/torch.node by CMake. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { coreLibrary, cxx11Abi, findLibtorch, installLibtorch } from "./libtorch.mjs";
import { buildFolder, nativeFolder, root } from "./places.mjs";
import { ask, run, SetupError, timed, which } from "./shell.mjs";

const addon = join(buildFolder, "torch.node");
const cmakeFolder = join(buildFolder, "cmake");
/** What the addon was built from. */
const recordFile = join(buildFolder, "built.json");

function digestOf(...paths) {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(readFileSync(path));
  return hash.digest("hex");
}

function stateOf(path) {
  const { size, mtimeMs } = statSync(path);
  return `${size} ${mtimeMs}`;
}

/** Everything besides libtorch that asks for another build; the environment because libtorch is looked up in it. */
function inputs() {
  return {
    sources: digestOf(join(nativeFolder, "torch.cc"), join(nativeFolder, "CMakeLists.txt")),
    LIBTORCH: process.env.LIBTORCH ?? null,
    python: which("python3") ?? null,
  };
}

function readRecord() {
  try {
    return JSON.parse(readFileSync(recordFile, "utf8"));
  } catch {
    return undefined; // none yet, or one that was cut off: build again
  }
}

/** → the record of the build when nothing has changed since, without asking Python where its torch is. */
export function currentBuild() {
  const record = readRecord();
  if (!record || !existsSync(addon)) return undefined;
  const library = join(record.libtorch.libraryFolder, coreLibrary);
  const same =
    JSON.stringify(record.inputs) === JSON.stringify(inputs()) &&
    existsSync(library) &&
    stateOf(library) === record.library;
  return same ? record : undefined;
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

/** Beside the last one and then moved over it, so that programs that run keep theirs. */
function compile(libtorch) {
  rmSync(cmakeFolder, { recursive: true, force: true });
  const require = createRequire(join(root, "package.json"));
  const settings = {
    TORCH_INCLUDE_DIRS: `${libtorch.includeFolder};${libtorch.includeFolder}/torch/csrc/api/include`,
    TORCH_LIBRARY_DIR: libtorch.libraryFolder,
    TORCH_CXX11_ABI: cxx11Abi(libtorch),
    NODE_INCLUDE_DIR: nodeHeaders(),
    NODE_ADDON_API_DIR: dirname(require.resolve("node-addon-api/package.json")),
  };
  const generator = which("ninja") ? ["-G", "Ninja"] : [];
  const definitions = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`);
  return (
    run("cmake", ["-S", nativeFolder, "-B", cmakeFolder, ...generator, ...definitions]) &&
    run("cmake", ["--build", cmakeFolder])
  );
}

/** The environment is empty, as a service's may be: the addon must find its libraries by itself. */
function loads(path) {
  return run(process.execPath, ["-e", `require(${JSON.stringify(path)}).info()`], { env: {} });
}

/** → the record of the build */
export function buildNative() {
  checkTools();
  const libtorch = findLibtorch() ?? installLibtorch();
  const where = `libtorch ${libtorch.version} in ${libtorch.libraryFolder}`;
  mkdirSync(buildFolder, { recursive: true });
  if (!timed(`building the native addon against ${where}`, () => compile(libtorch)))
    throw new SetupError(
      `the native addon does not build against ${where} (see above): try another by LIBTORCH=folder`,
    );
  const built = join(cmakeFolder, "torch.node");
  if (!loads(built))
    throw new SetupError(`the native addon does not load with ${where} (see above): try another by LIBTORCH=folder`);
  rmSync(recordFile, { force: true });
  renameSync(built, addon);
  const library = stateOf(join(libtorch.libraryFolder, coreLibrary));
  const record = { inputs: inputs(), libtorch, library };
  writeFileSync(`${recordFile}.tmp`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${recordFile}.tmp`, recordFile);
  return record;
}
