/** What every measure between maps asks of their values. */

/** Measures compare pixel with pixel. @throws RangeError when the maps differ in length: bring them to one size first */
export function requireSameLength(a: ArrayLike<number>, b: ArrayLike<number>): void {
  if (a.length !== b.length) throw new RangeError(`maps of ${a.length} and of ${b.length} pixels cannot be compared`);
}

/** One value everywhere, exactly; or none. */
export function isConstant(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}
