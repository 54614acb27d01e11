/**
 * The columns of a CSV file: those of the default table, or those that `--columns` names. A row may end
 * before a column that is optional.
 */
import { InputError } from '../../../command-line/input-error.ts';
import { plural, shown } from '../../../command-line/text.ts';
import type { Separator } from '../../../command-line/files/csv-rows.ts';

export const columnRoles = ['restaurant', 'user', 'created_at', 'removed_at'] as const;
export type ColumnRole = (typeof columnRoles)[number];
/** The columns that `--columns` names. The other roles keep their standard names. */
export type ColumnNames = Readonly<Partial<Record<ColumnRole, string>>>;

const standardNames = {
  restaurant: 'restaurant_id',
  user: 'user_id',
  created_at: 'created_at',
  removed_at: 'removed_at',
} as const satisfies Record<ColumnRole, string>;
/** The key of the default table, which DynamoDB's console exports too. */
const KEY_COLUMN = 'restaurant_id_user_id';
const HEADER = 'restaurant_id,user_id,created_at[,removed_at]';
const NAMING = 'name the columns with --columns restaurant=…,user=…,created_at=…,removed_at=…';

export interface CsvColumns {
  readonly nameOf: (role: ColumnRole) => string;
  /** The fields of a row by their roles; an absent one is empty. @throws {InputError} */
  readonly read: (fields: readonly string[]) => Readonly<Record<ColumnRole, string>>;
}

/** @param header the fields of the first line. @throws {InputError} */
export function readCsvColumns(
  header: readonly string[],
  { separator, named }: { readonly separator: Separator; readonly named: ColumnNames | undefined },
): CsvColumns {
  if (header.some((name) => name.includes('\r'))) {
    throw new InputError('a carriage return without a line feed; save the file with LF or CRLF line ends');
  }
  if (/^sep=/i.test(header[0] ?? '')) {
    throw new InputError(
      `a line for Excel before the header, ${shown(`${header[0]}${separator}`)}; remove it`,
    );
  }
  if (header.every((name) => name === '')) {
    throw new InputError('the first line is empty; remove it, so that the header comes first');
  }
  const nameOf = (role: ColumnRole): string => named?.[role] ?? standardNames[role];
  const places = placesOf(header, nameOf, named);
  const key = named === undefined ? header.indexOf(KEY_COLUMN) : -1;
  const required = [places.restaurant, places.user, places.created_at, key];
  const fieldsMin = 1 + Math.max(...required);
  return {
    nameOf,
    read(fields) {
      if (fields.length < fieldsMin || fields.length > header.length) {
        throw new InputError(issueOfLength(fields.length, { header, separator }));
      }
      const field = (role: ColumnRole): string => fields[places[role]] ?? '';
      const [restaurant, user] = [field('restaurant'), field('user')];
      const keyText = key === -1 ? undefined : fields[key];
      if (keyText !== undefined && keyText !== `${restaurant}#${user}`) {
        const ids = `restaurant_id ${shown(restaurant)} and user_id ${shown(user)}`;
        throw new InputError(
          `${KEY_COLUMN} ${shown(keyText)} is not <restaurant_id>#<user_id> of ${ids}; ` +
            'correct one of them, or remove the column',
        );
      }
      return { restaurant, user, created_at: field('created_at'), removed_at: field('removed_at') };
    },
  };
}

/** @throws {InputError} */
function placesOf(
  header: readonly string[],
  nameOf: (role: ColumnRole) => string,
  named: ColumnNames | undefined,
): Readonly<Record<ColumnRole, number>> {
  const found = header.map((name) => shown(name)).join(', ');
  const missing = columnRoles
    .filter((role) => role !== 'removed_at' || named?.removed_at !== undefined)
    .map(nameOf)
    .filter((name) => !header.includes(name));
  if (missing.length > 0) {
    const remedy = named === undefined ? `write ${HEADER}, or ${NAMING}` : 'correct --columns';
    throw new InputError(`the header lacks ${missing.join(', ')}: it has ${found}; ${remedy}`);
  }
  const known = [...columnRoles.map(nameOf), ...(named === undefined ? [KEY_COLUMN] : [])];
  const unknown = header.find((name) => !known.includes(name));
  if (named === undefined && unknown !== undefined) {
    throw new InputError(
      `unknown column ${shown(unknown)}; the columns are ${HEADER}: remove it, or ${NAMING}, ` +
        'so that other columns are ignored',
    );
  }
  const twice = header.find((name, at) => known.includes(name) && header.indexOf(name) !== at);
  if (twice !== undefined) throw new InputError(`the header has the column ${twice} twice; remove one`);
  const places = columnRoles.map((role) => [role, header.indexOf(nameOf(role))] as const);
  return Object.fromEntries(places) as Record<ColumnRole, number>;
}

function issueOfLength(
  fields: number,
  { header, separator }: { readonly header: readonly string[]; readonly separator: Separator },
): string {
  const lengths = `${plural(fields, 'field')} where the header has ${header.length}`;
  if (fields < header.length) {
    return `${lengths}; add the missing ones: only an optional field at the end may be left out`;
  }
  const name = { ',': 'comma', ';': 'semicolon', '\t': 'tab' }[separator];
  return `${lengths}; quote a field that contains a ${name}, or name every column in the header`;
}
