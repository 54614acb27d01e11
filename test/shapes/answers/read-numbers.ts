/** The number of an attribute as digits, by arithmetic on whole numbers. */

/** Beyond the smallest and the largest exponent of DynamoDB. */
const SHIFT = 200;

/** `007` and `7.0` are `7`, `1E2` is `100`. */
export function digitsOf(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (whole + fraction === '') throw new RangeError(`${text} is not a number`);
  const shifted = BigInt(whole + fraction) * 10n ** BigInt(SHIFT + Number(exponent) - fraction.length);
  if (shifted === 0n) return '0';
  const digits = String(shifted).padStart(SHIFT + 1, '0');
  const decimals = digits.slice(-SHIFT).replace(/0+$/, '');
  return `${sign.replace('+', '')}${digits.slice(0, -SHIFT)}${decimals === '' ? '' : `.${decimals}`}`;
}
