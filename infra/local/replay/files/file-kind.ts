/** Tells from the first line what a file is: CSV, JSON lines of writes, or an export of DynamoDB to S3. */
import { InputError } from '../../../command-line/input-error.ts';
import { isObject } from '../../emulator/json.ts';
import type { InputText } from '../../../command-line/files/input-text.ts';

export type FileKind = 'csv' | 'writes' | 'export';

const names = {
  csv: 'a CSV file',
  writes: 'a file of writes',
  export: 'a file of an export of DynamoDB to S3',
} as const satisfies Record<FileKind, string>;

/** Starts every file in the format Amazon Ion, as text or as binary. */
const ION = [Buffer.from('$ion_1_0'), Buffer.from([0xe0, 0x01, 0x00, 0xea])];

const ATTRIBUTE_TYPE = /^(?:S|N|B|BOOL|NULL|M|L|SS|NS|BS)$/;

/** @throws {InputError} for a kind that cannot be read */
export function kindOf({ path, head }: InputText): FileKind {
  if (/\.ion(?:\.gz)?$/i.test(path) || ION.some((start) => head.subarray(0, start.length).equals(start))) {
    throw new InputError(
      `${path} is an export in Amazon Ion, which is not read; export the table again as DynamoDB JSON ` +
        '(--export-format DYNAMODB_JSON).',
    );
  }
  const [line = ''] = head.toString('utf8').trim().split('\n', 1);
  const isNamedLines = /\.(?:jsonl|ndjson)(?:\.gz)?$/i.test(path);
  const members = membersOf(line);
  const isDocument = /^(?:\{|\[|\[\{.*)\s*$/.test(line) || members.includes('Items');
  if (!isNamedLines && isDocument) {
    throw new InputError(
      `${path} is one JSON document, expected one object a line; convert the output of ` +
        "`aws dynamodb scan` with jq -c '.Items[] | {Item: .}'.",
    );
  }
  if (members.includes('Item')) return 'export';
  if (isBareItem(line)) {
    throw new InputError(
      `${path} has items without "Item", expected {"Item":{…}} a line; convert it with jq -c '{Item: .}'.`,
    );
  }
  if (['Metadata', 'Keys'].every((name) => members.includes(name))) {
    throw new InputError(
      `${path} is an incremental export, which has only changes; make a full export ` +
        '(--export-type FULL_EXPORT).',
    );
  }
  const isNamedExport = /\.json(?:\.gz)?$/i.test(path) && members.length === 0;
  if (isNamedExport) return 'export';
  return isNamedLines || /^\{.*\}\s*$/.test(line) ? 'writes' : 'csv';
}

/** @throws {InputError} when the file is not of that kind */
export function rejectOtherKind(input: InputText, expected: FileKind): void {
  const kind = kindOf(input);
  if (kind === expected) return;
  throw new InputError(
    `${input.path} is ${names[kind]}, not ${names[expected]} like the first file; name files of one kind.`,
  );
}

/** @throws {InputError} */
export function rejectSeveral(kind: FileKind, paths: readonly string[]): void {
  const [, extra] = paths;
  if (extra === undefined || kind === 'export') return;
  throw new InputError(`Expected one file, because the first is ${names[kind]}; leave out ${extra}.`);
}

function membersOf(line: string): readonly string[] {
  return Object.keys(objectOf(line));
}

/** Whether the line is an item alone: `{"id":{"S":"text"},…}`. */
function isBareItem(line: string): boolean {
  const values = Object.values(objectOf(line));
  const types = values.map((value) => (isObject(value) ? Object.keys(value) : []));
  return (
    types.length > 0 && types.every(([type = '', ...more]) => ATTRIBUTE_TYPE.test(type) && more.length === 0)
  );
}

function objectOf(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
