import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Every folder with an index.html is a page, built to dist/web/<folder>/index.html; all share dist/web/assets/. */
export default defineConfig({
  root: at("."),
  build: {
    outDir: at("../dist/web"),
    emptyOutDir: true,
    // The study's policy allows no inline data: everything is a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: [at("participant/index.html"), at("researcher/index.html"), at("dashboard/index.html")] },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
