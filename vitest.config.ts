import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files of minutes go first: one that began last would leave the other cores idle until it ends. */
class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSlow = ({ moduleId }: TestSpecification) => /\/test\/(golden\/|study\/kill-)/.test(moduleId);
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    pool: "forks",
    // Test files run side by side, a process each and as many as there are cores (vitest leaves one idle, which of two is
    // half): more threads would only wait for one another.
    maxWorkers: "100%",
    sequence: { sequencer: SlowestFirst },
    env: { OMP_NUM_THREADS: "1" },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
