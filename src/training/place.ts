/** One process's place among those that train a run together. Free of libtorch. */
import { z } from "zod";

export const placeSchema = z.object({
  machine: z.int().nonnegative(),
  machines: z.int().positive(),
  /** Among the processes of its machine, and how many those are. */
  local: z.int().nonnegative(),
  here: z.int().positive(),
  /** Where they meet: a file on the one machine, or a port of machine 0. */
  meet: z.union([z.object({ file: z.string() }), z.object({ host: z.string(), port: z.int() })]),
});
export type Place = z.infer<typeof placeSchema>;

/** Among all processes; rank 0 writes the run folder. */
export const rankOf = ({ machine, here, local }: Place): number => machine * here + local;
export const processesOf = ({ machines, here }: Pick<Place, "machines" | "here">): number => machines * here;
