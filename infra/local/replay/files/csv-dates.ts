/**
 * Reads the dates of a CSV file as instants. The format is never guessed, but an error names a format that
 * fits.
 */
import { createdAtReader } from '../../../../src/counting/source/created-at.ts';
import { type DateFormat, dateFormats } from '../../../../src/counting/source/source.ts';
import { firstInstantFrom, UTC } from '../../../../src/counting/time-zone.ts';
import { InputError } from '../../../command-line/input-error.ts';
import { shown } from '../../../command-line/text.ts';

export interface CsvDateFormat {
  readonly format: DateFormat;
  /** With `sql` only: the time zone of dates that do not name their own. */
  readonly zone?: string;
}

export interface Instant {
  readonly ms: number;
  /** Nanoseconds after that millisecond. They order the writes, and are not written. */
  readonly ns: number;
}

export function compareInstants(a: Instant, b: Instant): number {
  return a.ms - b.ms || a.ns - b.ns;
}

export type CsvDateReader = (column: string, text: string) => Instant;

/**
 * @param timeZone in which a bare date is read, as the first instant of that day
 * @returns a function that throws an {@link InputError} for a text that is no date of the format
 */
export function csvDateReader(date: CsvDateFormat | undefined, timeZone: string): CsvDateReader {
  const { format = 'rfc3339' } = date ?? {};
  const read = readerOf(date ?? { format });
  return (column, text) => {
    const instant = read(text);
    if (instant === undefined) throw new InputError(`${column} ${issueOf(text, date?.format)}`);
    if (format !== 'date') return instant;
    return { ms: firstInstantFrom(instant.ms, timeZone), ns: 0 };
  };
}

/** A bare date is read as its midnight in UTC. */
function readerOf({ format, zone }: CsvDateFormat): (text: string) => Instant | undefined {
  const read = createdAtReader({ attribute: '', format, ...(zone !== undefined && { zone }) }, UTC);
  return (text) => {
    const createdAt = read({ S: text });
    if (createdAt === undefined) return undefined;
    const seconds = createdAt.slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
    const fraction = createdAt.slice(seconds.length + 1, -1).padEnd(9, '0');
    const ms = Date.parse(format === 'date' ? seconds : `${seconds}Z`);
    return { ms: ms + Number(fraction.slice(0, 3)), ns: Number(fraction.slice(3)) };
  };
}

const examples = {
  rfc3339: '2022-08-01T12:00:00Z',
  sql: '2022-08-01 12:00:00',
  date: '2022-08-01',
  'epoch-seconds': '1659355200',
  'epoch-milliseconds': '1659355200000',
} as const satisfies Record<DateFormat, string>;

function issueOf(text: string, given: DateFormat | undefined): string {
  const format = given ?? 'rfc3339';
  const example = `write it like ${examples[format]}`;
  if (text === '') return `is empty; ${example}`;
  const fitting = dateFormats.find((other) => readerOf({ format: other })(text) !== undefined);
  const expected = format === 'rfc3339' ? 'valid RFC 3339 date and time' : `date of --date-format ${format}`;
  const issue = `${shown(text)} is not a ${expected}`;
  if (fitting === undefined || fitting === format) return `${issue}; ${example}`;
  const zone = fitting === 'sql' ? ' and --date-zone with the time zone of the dates' : '';
  return `${issue}; give --date-format ${fitting}${zone} if the whole file is like this, or ${example}`;
}
