/** Gaussian blur of maps: a mark says "about here", not "to the pixel". */

/** The kernel ends so many standard deviations from its middle, as SciPy's does. */
const truncate = 4;

/**
 * @param values height × width, rows from the top; not changed
 * @param sigma standard deviation as a share of the width, at least 0 (nothing is blurred); as many pixels downwards as
 * across; less than an eighth of a pixel changes nothing
 * @returns a new map with the same sum: beyond its borders a map goes on as its mirror image (`d c b a | a b c d`)
 */
export function gaussianBlur(values: Float32Array, width: number, height: number, sigma: number): Float32Array {
  const radius = Math.round(truncate * sigma * width);
  if (radius === 0) return values.slice();
  const kernel = gaussianKernel(sigma * width, radius);
  const across = new Float32Array(values.length);
  // Rows that hold something: those of a map are mostly blank.
  const filled = new Uint8Array(height);
  const columns = reflectedIndices(width, radius);
  const padded = new Float32Array(columns.length);
  for (let row = 0; row < height; row++) {
    const line = values.subarray(row * width, (row + 1) * width);
    if (!line.some((value) => value !== 0)) continue;
    filled[row] = 1;
    for (let i = 0; i < padded.length; i++) padded[i] = line[columns[i]];
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let tap = 0; tap < kernel.length; tap++) sum += kernel[tap] * padded[x + tap];
      across[row * width + x] = sum;
    }
  }
  const blurred = new Float32Array(values.length);
  const rows = reflectedIndices(height, radius);
  const sums = new Float64Array(width);
  for (let row = 0; row < height; row++) {
    sums.fill(0);
    for (let tap = 0; tap < kernel.length; tap++) {
      const from = rows[row + tap];
      if (filled[from] === 0) continue;
      for (let x = 0, at = from * width; x < width; x++, at++) sums[x] += kernel[tap] * across[at];
    }
    blurred.set(sums, row * width);
  }
  return blurred;
}

/** From −radius to radius pixels; sums to 1. */
function gaussianKernel(sigma: number, radius: number): Float64Array {
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / sigma ** 2 / 2),
  );
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  return kernel.map((weight) => weight / sum);
}

/** Which of `count` pixels stands at each place from −radius to count − 1 + radius. */
function reflectedIndices(count: number, radius: number): Int32Array {
  return Int32Array.from({ length: count + 2 * radius }, (_, i) => {
    const turn = (((i - radius) % (2 * count)) + 2 * count) % (2 * count);
    return turn < count ? turn : 2 * count - 1 - turn;
  });
}
