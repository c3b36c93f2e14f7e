import { createRequire } from "node:module";

/** This package's version, from package.json; the same relative place from src/base and from dist/base. */
export const version: string = createRequire(import.meta.url)("../../package.json").version;
