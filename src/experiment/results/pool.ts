/** All test sets as one. Pure. */
import type { ImageList, ScoreColumn } from "./score-column.ts";

export interface Pool {
  images: ImageList;
  /** Of each set, the rows that are in the pool. */
  rows: Int32Array[];
}

/**
 * An image that is in two sets, as real images are that several generators are tested against, counts once: the same path,
 * label, source and score, since the same path in two folders may be two images, and they would score differently.
 */
export function poolSets(columns: readonly ScoreColumn[]): Pool {
  const seen = new Set<string>();
  const images: ImageList = { file: "", labels: [], sources: [], keys: [] };
  const rows = columns.map(({ images: own, scores }) =>
    Int32Array.from(
      own.keys.flatMap((key, row) => {
        const image = `${key},${scores[row]}`;
        if (seen.has(image)) return [];
        seen.add(image);
        images.keys.push(key);
        images.labels.push(own.labels[row]);
        images.sources.push(own.sources[row]);
        return [row];
      }),
    ),
  );
  return { images, rows };
}

/** The pool's scores from those of its sets, in the order of `poolSets`. */
export function pooledScores({ rows, images }: Pool, scores: readonly Float64Array[]): Float64Array {
  const pooled = new Float64Array(images.keys.length);
  let at = 0;
  rows.forEach((own, set) => {
    for (const row of own) pooled[at++] = scores[set][row];
  });
  return pooled;
}
