/** DynamoDB's limits for numbers: significant digits and decimal exponent (Naming rules, "Number"). */
const DIGITS_MAX = 38;
const EXPONENT_MAX = 130;
const NUMBER = /^([+-]?)0*(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * The number as plain decimal digits, without loss: `007` and `7.0` become `7`, `1E2` becomes `100`.
 * Undefined if the text is not a number that DynamoDB can store.
 */
export function plainNumber(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  if (/^[1-9]\d{0,37}$/.test(text)) return text;
  const [, sign, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  if (sign === undefined || !/\d/.test(text.split(/e/i)[0] ?? '')) return undefined;
  const digits = `${whole}${fraction}`.replace(/^0+/, '').replace(/0+$/, '');
  if (digits === '') return '0';
  if (digits.length > DIGITS_MAX || Math.abs(Number(exponent)) > EXPONENT_MAX) return undefined;
  const padded = `${whole}${fraction}`;
  const point = whole.length + Number(exponent);
  const left = padded.slice(0, Math.max(0, point)).padEnd(Math.max(0, point), '0').replace(/^0+/, '');
  const right = (point < 0 ? '0'.repeat(-point) + padded : padded.slice(point)).replace(/0+$/, '');
  return `${sign === '-' ? '-' : ''}${left === '' ? '0' : left}${right === '' ? '' : `.${right}`}`;
}
