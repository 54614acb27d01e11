/** Numbers as the page shows them. */
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
const threeDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const onePlace = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** 12,345 */
export const count = (value: number): string => whole.format(value);

/** 12,345 up to five digits, then 1.23M: for narrow places. */
export const compactCount = (value: number): string =>
  Math.abs(value) < 100_000 ? whole.format(value) : short.format(value);

/** Per second, or per event: 0.42, 3.7, 412. */
export const rate = (value: number): string =>
  Math.abs(value) >= 100 ? whole.format(value) : threeDigits.format(value);

export interface Measure {
  readonly value: string;
  readonly unit: string;
}

/** 0.8 ms, 12 ms, 1.4 s, 75 s */
export function duration(ms: number): Measure {
  if (ms < 10) return { value: threeDigits.format(Math.round(ms * 10) / 10), unit: 'ms' };
  if (ms < 1000) return { value: whole.format(ms), unit: 'ms' };
  return { value: ms < 60_000 ? onePlace.format(ms / 1000) : whole.format(ms / 1000), unit: 's' };
}

export function durationText(ms: number): string {
  const { value, unit } = duration(ms);
  return `${value} ${unit}`;
}

/** 5%, 0.5% */
export const percent = (share: number): string => `${threeDigits.format(share * 100)}%`;
