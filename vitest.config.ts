import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    pool: "forks",
    // Test files run side by side, a process each and as many as there are cores (vitest leaves one idle, which of two is
    // half): more threads would only wait for one another.
    maxWorkers: "100%",
    env: { OMP_NUM_THREADS: "1" },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
