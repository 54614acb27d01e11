/** Reads a counter, and accepts only whole numbers. */
import { member } from '../../../src/counting/source/attributes.ts';
import { plainNumber } from '../../../src/counting/source/number-text.ts';

/** Undefined unless it is a DynamoDB number without a fraction, small enough to be exact. */
export function wholeNumberOf(value: unknown): number | undefined {
  return wholeNumberIn(plainNumber(member(value, 'N')) ?? '');
}

/** Undefined unless the text is a whole number in digits, small enough to be exact. */
export function wholeNumberIn(text: string): number | undefined {
  const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}
