/** Reads attributes in DynamoDB's JSON from a file, and refuses what DynamoDB would refuse. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { plainNumber } from '../../../../src/counting/source/number-text.ts';
import { isObject } from '../../emulator/json.ts';
import { InputError } from '../../../command-line/input-error.ts';
import type { Item } from '../replay-write.ts';
import { printable, shorten, shown } from '../../../command-line/text.ts';

/** DynamoDB's limits (Naming rules; Service quotas, "Attributes"). */
const NAME_BYTES_MAX = 65_535;
const DEPTH_MAX = 32;
/** The largest number is 9.9…E+125 and the smallest 1E-130, with either sign. */
const WHOLE_DIGITS_MAX = 126;
const LEADING_ZEROS_MAX = 129;

/** @param where names the item in an error, such as `put`. @throws {InputError} */
export function readItem(given: unknown, where: string): Item {
  return readMap(given, where, 0);
}

function readMap(given: unknown, where: string, depth: number): Record<string, AttributeValue> {
  if (!isObject(given)) {
    throw new InputError(`${where} must be an object of attributes such as {"id":{"S":"text"}}`);
  }
  const entries = Object.entries(given).map(([name, value]): [string, AttributeValue] => {
    const length = Buffer.byteLength(name);
    if (length < 1 || length > NAME_BYTES_MAX || !name.isWellFormed()) {
      throw new InputError(`${where} has an attribute without a valid name; name it with 1 to 65,535 bytes`);
    }
    return [name, readValue(value, `${where}.${printable(shorten(name, 40))}`, depth + 1)];
  });
  return Object.fromEntries(entries);
}

function readValue(given: unknown, where: string, depth: number): AttributeValue {
  const [[type, value] = ['', undefined], ...more] = isObject(given) ? Object.entries(given) : [];
  const read = Object.hasOwn(readers, type) && more.length === 0 ? readers[type] : undefined;
  if (read === undefined) {
    const examples = '{"S":"text"}, {"N":"7"} or {"BOOL":true}';
    throw new InputError(
      `${where} is ${json(given)}, which is not DynamoDB's JSON; write it like ${examples}`,
    );
  }
  if (depth > DEPTH_MAX) {
    throw new InputError(`${where} is nested deeper than ${DEPTH_MAX} levels, DynamoDB's limit; flatten it`);
  }
  return read(value, where, depth);
}

type Reader = (value: unknown, where: string, depth: number) => AttributeValue;

const readers: Readonly<Record<string, Reader>> = {
  S: (value, where) => ({ S: readText(value, where) }),
  N: (value, where) => ({ N: readNumber(value, where) }),
  B: (value, where) => ({ B: readBinary(value, where) }),
  BOOL: (value, where) => {
    if (typeof value !== 'boolean')
      throw new InputError(`${where}.BOOL must be true or false, without quotes`);
    return { BOOL: value };
  },
  NULL: (value, where) => {
    if (value !== true) throw new InputError(`${where}.NULL must be true; leave the attribute out instead`);
    return { NULL: true };
  },
  M: (value, where, depth) => ({ M: readMap(value, where, depth) }),
  L: (value, where, depth) => {
    if (!Array.isArray(value)) throw new InputError(`${where}.L must be a list such as [{"S":"text"}]`);
    return { L: value.map((each, at) => readValue(each, `${where}[${at}]`, depth + 1)) };
  },
  SS: (value, where) => ({ SS: readSet(value, where, { readOne: readText, textOf: (text) => text }) }),
  NS: (value, where) => ({ NS: readSet(value, where, { readOne: readNumber, textOf: plainNumber }) }),
  BS: (value, where) => ({ BS: readSet(value, where, { readOne: readBinary, textOf: base64Of }) }),
};

function readText(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new InputError(`${where} must be text in quotes, not ${json(value)}`);
  if (!value.isWellFormed()) {
    throw new InputError(`${where} has half of a surrogate pair, which is no character; write it whole`);
  }
  return value;
}

function readNumber(value: unknown, where: string): string {
  if (typeof value !== 'string') {
    throw new InputError(`${where} must be a number in quotes such as {"N":"7"}, but is not in quotes`);
  }
  const plain = plainNumber(value);
  if (plain === undefined || !isInRange(plain)) {
    const limits = 'at most 38 digits, and a size from 1E-130 to 9.9E+125';
    throw new InputError(`${where} is ${shown(value)}, which DynamoDB cannot store; a number has ${limits}`);
  }
  return value;
}

function isInRange(plain: string): boolean {
  const [whole = '', decimals = ''] = plain.replace('-', '').split('.');
  if (whole !== '0') return whole.length <= WHOLE_DIGITS_MAX;
  return plain === '0' || decimals.search(/[1-9]/) <= LEADING_ZEROS_MAX;
}

function readBinary(value: unknown, where: string): Uint8Array {
  if (typeof value !== 'string' || Buffer.from(value, 'base64').toString('base64') !== value) {
    throw new InputError(`${where} must be base64 with its padding, not ${json(value)}`);
  }
  return Buffer.from(value, 'base64');
}

function readSet<T>(
  value: unknown,
  where: string,
  each: {
    readonly readOne: (value: unknown, where: string) => T;
    readonly textOf: (one: T) => string | undefined;
  },
): T[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new InputError(`${where} must be a list of one or more values; leave out an empty set`);
  }
  const values = value.map((one: unknown, at) => each.readOne(one, `${where}[${at}]`));
  if (new Set(values.map(each.textOf)).size < values.length) {
    throw new InputError(`${where} has a value twice, which a set cannot; remove one`);
  }
  return values;
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function json(value: unknown): string {
  return shown(JSON.stringify(value) ?? 'nothing');
}
