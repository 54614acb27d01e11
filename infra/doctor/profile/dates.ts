/** Which attributes hold dates, in which format of docs/source.md, and how they are written. */
import { member } from '../../../src/counting/source/attributes.ts';
import { type AttributeValue, createdAtReader } from '../../../src/counting/source/created-at.ts';
import { dateFormats, type DateFormat } from '../../../src/counting/source/source.ts';
import { UTC } from '../../../src/counting/time-zone.ts';
import { countsOf } from './sample.ts';

export interface Dates {
  readonly format: DateFormat;
  /** Of all values, how many are dates in that format. */
  readonly readable: number;
  /** How the values are written, such as `RFC 3339 in UTC`, and the rows of each; the most frequent first. */
  readonly forms: readonly (readonly [form: string, rows: number])[];
  /** The milliseconds of an instant; with `sql` and `date` as if they were in UTC. */
  readonly instantOf: (value: unknown) => number | undefined;
}

/** A smaller share of readable values is chance, such as ids that could be times. */
const READABLE_SHARE_MIN = 0.3;
/** RFC 3339 is the stricter form, so a few values that only SQL accepts are mistakes. */
const STRICTER_SHARE_MIN = 0.9;

const readers = new Map(
  dateFormats.map((format) => {
    const zone = format === 'sql' ? { zone: UTC } : {};
    return [format, createdAtReader({ attribute: '', format, ...zone }, UTC)];
  }),
);

/** @param values those of one attribute. @returns undefined if they are no dates. */
export function datesIn(values: readonly unknown[]): Dates | undefined {
  const readable = dateFormats.map((format) => ({
    format,
    readable: values.filter((value) => readDate(format, value) !== undefined).length,
  }));
  const most = Math.max(...readable.map((one) => one.readable));
  if (most === 0 || most < values.length * READABLE_SHARE_MIN) return undefined;
  const best =
    readable.find((one) => one.format === 'rfc3339' && one.readable >= most * STRICTER_SHARE_MIN) ??
    readable.find((one) => one.readable === most);
  if (best === undefined) return undefined;
  const { format } = best;
  const forms = [...countsOf(values.map(formOfDate))].toSorted((a, b) => b[1] - a[1]);
  const instantOf = (value: unknown): number | undefined => {
    const text = readDate(format, value);
    return text === undefined ? undefined : Date.parse(text);
  };
  return { ...best, forms, instantOf };
}

function readDate(format: DateFormat, value: unknown): string | undefined {
  return readers.get(format)?.(value as AttributeValue);
}

const forms: readonly (readonly [string, DateFormat, RegExp])[] = [
  ['RFC 3339 in UTC', 'rfc3339', /[zZ]$/],
  ['RFC 3339 with an offset', 'rfc3339', /[+-]\d\d:\d\d$/],
  ['SQL in UTC', 'sql', /(?:Z|UTC)$/],
  ['SQL with an offset', 'sql', / ?[+-]\d\d(?::?\d\d)?$(?<=:\d\d(?:\.\d+)? ?[+-]\d\d(?::?\d\d)?)/],
  ['SQL without an offset', 'sql', /\d$/],
  ['bare dates', 'date', /^/],
  ['seconds since 1970', 'epoch-seconds', /^/],
  ['milliseconds since 1970', 'epoch-milliseconds', /^/],
];

function formOfDate(value: unknown): string {
  const inner = member(value, 'S') ?? member(value, 'N');
  const written = typeof inner === 'string' ? inner : '';
  const [form] =
    forms.find(([, format, end]) => end.test(written) && readDate(format, value) !== undefined) ?? [];
  return form ?? 'unreadable';
}
