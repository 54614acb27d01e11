/** Numbers and times as the page shows them. */
const wholeFormat = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const fractionFormat = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const compactFormat = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

/** 12,345 */
export const whole = (value: number): string => wholeFormat.format(value);

/** Three significant digits: 8.71, 0.031 */
export const fraction = (value: number): string => fractionFormat.format(value);

/** Up to 9,999 in full, then 12.3K */
export const compact = (value: number): string =>
  Math.abs(value) < 10_000 ? whole(value) : compactFormat.format(value);

/** A rate or an average: 0.42, 3.7, 412 */
export const rate = (value: number): string => (Math.abs(value) < 100 ? fraction(value) : whole(value));

/** 340 ms, 1.64 s, 12.5 s */
export const duration = (ms: number): string => (ms < 1_000 ? `${whole(ms)} ms` : `${fraction(ms / 1000)} s`);

/** 5% for 0.05 */
export const percent = (share: number): string => `${fraction(share * 100)}%`;

/** 14:02:11 UTC, like all times here. Only the windows have a time zone of their own. */
export const timeOfDay = (atMs: number): string => `${new Date(atMs).toISOString().slice(11, 19)} UTC`;
