/** The regularised incomplete beta function, from which the tails of Student's distribution come. */
import { gammaln } from "simple-statistics";

/**
 * I_x(a, b), the share of a beta distribution below x. By the continued fraction of Numerical Recipes §6.4 (DLMF 8.17.22)
 * with Lentz's method; where it converges slowly the complement is taken.
 * @throws RangeError when a or b is not above 0, or x not within 0 … 1
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (!(a > 0 && b > 0 && x >= 0 && x <= 1)) throw new RangeError(`no incomplete beta of x ${x}, a ${a}, b ${b}`);
  if (x === 0 || x === 1) return x;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const logFactor = gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x);
  return (Math.exp(logFactor) * continuedFraction(x, a, b)) / a;
}

const tiny = 1e-300;
const awayFromZero = (value: number) => (Math.abs(value) < tiny ? tiny : value);

function continuedFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  const step = (numerator: number) => {
    d = 1 / awayFromZero(1 + numerator * d);
    c = awayFromZero(1 + numerator / c);
    fraction *= c * d;
    return Math.abs(c * d - 1);
  };
  for (let m = 1; m < 10_000; m++) {
    step((m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)));
    const change = step((-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)));
    if (change <= Number.EPSILON) return fraction;
  }
  throw new Error(`the incomplete beta of x ${x}, a ${a}, b ${b} does not converge`);
}
