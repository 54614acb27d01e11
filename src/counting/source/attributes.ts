/** Reads values in DynamoDB's JSON, such as `{ "S": "r1" }`, which may have any shape. */
import { plainNumber } from './number-text.ts';

/** Undefined unless `value` is an object with this member of its own. */
export function member(value: unknown, name: string | undefined): unknown {
  return name !== undefined && isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/**
 * The id in an attribute: text, or a number as plain digits. Undefined if the attribute is absent or NULL;
 * null if it holds anything else.
 */
export function readId(value: unknown): string | null | undefined {
  if (value === undefined || member(value, 'NULL') === true) return undefined;
  const text = member(value, 'S');
  if (typeof text === 'string') return text !== '' && text.isWellFormed() ? text : null;
  return plainNumber(member(value, 'N')) ?? null;
}

/** The type of an attribute value, such as `S`. */
export function typeOf(value: unknown): string {
  return (isObject(value) ? Object.keys(value)[0] : undefined)?.slice(0, 4) ?? 'no type';
}

const FORM_LENGTH_MAX = 40;

/** The type and the text with every digit as 9 and every letter as a, so that it reveals no id. */
export function formOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  const type = typeOf(value);
  const text = member(value, type);
  if (typeof text === 'boolean') return `${type} ${text}`;
  if (typeof text !== 'string') return type;
  const digits = text.slice(0, FORM_LENGTH_MAX).replaceAll(/\p{N}/gu, '9');
  const form = digits.replaceAll(/[^9\p{P}\p{S}\p{Z}]/gu, 'a');
  return `${type} ${form}${text.length > FORM_LENGTH_MAX ? '…' : ''}`;
}

export function isLongerThan(text: string, bytesMax: number): boolean {
  // A UTF-16 code unit takes at most three bytes, so most texts need not be encoded.
  return text.length * 3 > bytesMax && new TextEncoder().encode(text).length > bytesMax;
}
