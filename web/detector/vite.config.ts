/**
 * The detector's page, a folder of its own: every address in it is relative, so that it works at any place of any host.
 * It is complete once `detector.json` and `model.onnx` lie beside its index.html.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: at("."),
  base: "./",
  build: {
    outDir: at("../../dist/web/detector"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // onnxruntime's WebAssembly is what it is.
    chunkSizeWarningLimit: 1000,
  },
  worker: { format: "es" },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
