/** The options that say how a CSV file differs from the standard form. */
import { dateFormats } from '../../../src/counting/source/source.ts';
import { isTimeZone } from '../../../src/counting/time-zone.ts';
import { InputError } from '../../command-line/input-error.ts';
import type { Option, Options, OptionValues } from '../../command-line/parse-command-line.ts';
import { shown } from '../../command-line/text.ts';
import { type ColumnNames, type ColumnRole, columnRoles } from './files/csv-columns.ts';
import type { CsvDateFormat } from './files/csv-dates.ts';
import type { CsvForm } from './files/favourites-csv.ts';

const dateFormat: Option<CsvDateFormat['format']> = {
  placeholder: 'FORMAT',
  help: `the format of the dates of a CSV file: ${dateFormats.join(', ')} (default: rfc3339)`,
  parse(text) {
    const format = dateFormats.find((name) => name === text);
    if (format !== undefined) return format;
    throw new Error(`expected one of ${dateFormats.join(', ')}`);
  },
};

export const csvOptions = {
  columns: {
    placeholder: 'restaurant=NAME,user=NAME,created_at=NAME,removed_at=NAME',
    help: 'the columns of a CSV file with other names; the rest of its columns are ignored',
    parse: parseColumns,
  },
  'date-format': dateFormat,
  'date-zone': {
    placeholder: 'ZONE',
    help: 'the time zone of dates without an offset; required with --date-format sql',
    parse(text: string): string {
      if (isTimeZone(text)) return text;
      throw new Error('no such time zone; expected an IANA name such as Europe/London');
    },
  },
} as const satisfies Options;

/** Undefined for the standard form. @throws {InputError} */
export function csvFormOf(values: OptionValues<typeof csvOptions>): CsvForm | undefined {
  const { columns, 'date-format': format, 'date-zone': zone } = values;
  if (format === 'sql' && zone === undefined) {
    throw new InputError(
      '--date-format sql needs --date-zone ZONE, the time zone in which the dates were written, such as UTC.',
    );
  }
  if (zone !== undefined && format !== 'sql') {
    throw new InputError(
      '--date-zone is for --date-format sql, whose dates have no offset; leave it out, or add that option. ' +
        '--time-zone is the zone of the counts, and of bare dates.',
    );
  }
  if (columns === undefined && format === undefined) return undefined;
  const dates = format && { format, ...(zone !== undefined && { zone }) };
  return { ...(columns !== undefined && { columns }), ...(dates !== undefined && { dates }) };
}

/** @throws {Error} with the expected form */
function parseColumns(text: string): ColumnNames {
  const names: Partial<Record<ColumnRole, string>> = {};
  for (const part of text.split(',')) {
    const [, given = '', name = ''] = /^([^=]*)=(.+)$/s.exec(part) ?? [];
    const role = columnRoles.find((known) => known === given);
    if (role === undefined || names[role] !== undefined) {
      const expected = columnRoles.map((known) => `${known}=NAME`).join();
      throw new Error(`${shown(part)} does not fit; expected ${expected}, each at most once`);
    }
    names[role] = name;
  }
  if (new Set(Object.values(names)).size === Object.keys(names).length) return names;
  throw new Error('a column is named twice; give each its own column of the file');
}
