/** Numbers as they are shown. */

/** A measured number for people: `digits` significant digits and no more decimals than that, or a power of ten where it is very small or large. */
export function format(x: number | null, digits = 3): string {
  if (x === null || Number.isNaN(x)) return "–";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  const size = Math.abs(x) < NOISE ? 0 : Math.abs(x);
  if (size >= 1e6 || (size && size < 0.5 * 10 ** -digits)) return powerOfTen(Number(x.toPrecision(2)));
  const decimals = Math.min(digits, Math.max(0, digits - 1 - Math.floor(Math.log10(size || 1))));
  return x.toFixed(decimals).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");
}

/** Below this size a measured number is rounding, and reads 0. */
const NOISE = 1e-12;

/** 23000 as 2.3e4, as Python has it, or with a given power: 23e3. */
export function powerOfTen(x: number, power = Math.floor(Math.log10(Math.abs(x)) + 1e-12)): string {
  return `${exact(x / 10 ** power)}e${power}`.replace("e-", "e−");
}

/** A chosen number (a setting, a tick) as it is, without the noise of binary fractions. */
export function exact(x: number): string {
  return String(Number(x.toPrecision(6))).replace("-", "−");
}

/** JSON has no infinity: null instead. */
export function finite(x: number): number | null {
  return Number.isFinite(x) ? x : null;
}
