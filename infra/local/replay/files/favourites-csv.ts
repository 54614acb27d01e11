/**
 * Turns a CSV file of favourites into writes: a mark at `created_at` and an un-mark at `removed_at`, in time
 * order.
 */
import { PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX } from '../../../../src/counting/source/row-key.ts';
import { readCsvRows, separatorOf } from '../../../command-line/files/csv-rows.ts';
import type { InputText } from '../../../command-line/files/input-text.ts';
import { checkedUtf8 } from '../../../command-line/files/utf8.ts';
import { InputError } from '../../../command-line/input-error.ts';
import { shown } from '../../../command-line/text.ts';
import type { WriteSequence } from '../replay-write.ts';
import { type ColumnNames, type CsvColumns, readCsvColumns } from './csv-columns.ts';
import { compareInstants, type CsvDateFormat, type CsvDateReader, csvDateReader } from './csv-dates.ts';
import { type Favourite, StagedFavourites } from './csv-favourites.ts';
import type { Reading } from './reading.ts';

/** How the file differs from `restaurant_id,user_id,created_at[,removed_at]` with dates of RFC 3339. */
export interface CsvForm {
  readonly columns?: ColumnNames;
  readonly dates?: CsvDateFormat;
}

/** @param timeZone of bare dates. @throws {InputError} */
export async function readFavouritesCsv(
  input: InputText,
  reading: Reading,
  { form, timeZone }: { readonly form: CsvForm; readonly timeZone: string },
): Promise<WriteSequence> {
  const favourites = new StagedFavourites(reading);
  const readDate = csvDateReader(form.dates, timeZone);
  const separator = separatorOf(input.head.toString('utf8'));
  let columns: CsvColumns | undefined;
  let isHeaderBad = false;
  let emptyFrom: number | undefined;
  const onIssue = (message: string, line: number): void => {
    // Without a header the rows mean nothing.
    if (isHeaderBad) return;
    isHeaderBad = columns === undefined;
    reading.issues.add({ file: 0, line }, message);
  };
  const onRow = (fields: readonly string[], line: number): void => {
    if (isHeaderBad) return;
    if (columns === undefined) {
      columns = readCsvColumns(fields, { separator, named: form.columns });
      return;
    }
    if (fields.length === 1 && fields[0] === '') {
      emptyFrom ??= line;
      return;
    }
    // Empty lines are allowed only at the end of the file, because one between rows may be a lost row.
    for (let empty = emptyFrom ?? line; empty < line; empty += 1) {
      onIssue('an empty line between rows; remove it', empty);
    }
    emptyFrom = undefined;
    favourites.add(readFavourite(fields, { columns, readDate, line }));
  };
  let isCut = false;
  const chunks = checkedUtf8(input, (message, line) => {
    isCut = true;
    reading.issues.add({ file: 0, line }, message);
  });
  await readCsvRows(chunks, { separator, onRow, onIssue, isCut: () => isCut });
  if (columns === undefined && reading.issues.count === 0) {
    const header = 'restaurant_id,user_id,created_at[,removed_at]';
    reading.issues.add({ file: 0, line: 1 }, `the file is empty; its first line must be ${header}`);
  }
  await favourites.compare();
  reading.issues.throwIfAny();
  return favourites.writes();
}

/** @throws {InputError} */
function readFavourite(
  fields: readonly string[],
  { columns, readDate, line }: { columns: CsvColumns; readDate: CsvDateReader; line: number },
): Favourite {
  const row = columns.read(fields);
  checkIds(row, columns);
  const createdAt = readDate(columns.nameOf('created_at'), row.created_at);
  const isRemoved = row.removed_at !== '';
  const removedAt = isRemoved ? readDate(columns.nameOf('removed_at'), row.removed_at) : undefined;
  if (removedAt !== undefined && compareInstants(removedAt, createdAt) < 0) {
    const [removed, created] = [columns.nameOf('removed_at'), columns.nameOf('created_at')];
    const dates = `${removed} ${row.removed_at} is before ${created} ${row.created_at}`;
    throw new InputError(`${dates}; swap them, or leave ${removed} empty`);
  }
  return { line, restaurantId: row.restaurant, userId: row.user, createdAt, removedAt };
}

/** @throws {InputError} */
function checkIds(
  { restaurant, user }: { readonly restaurant: string; readonly user: string },
  { nameOf }: CsvColumns,
): void {
  for (const [column, id] of [[nameOf('restaurant'), restaurant] as const, [nameOf('user'), user] as const]) {
    if (id === '') throw new InputError(`${column} is empty; give every row an id`);
    if (id.includes('#')) {
      const why = "which separates restaurant and user in the table's key";
      throw new InputError(`${column} ${shown(id)} contains '#', ${why}; use ids without it`);
    }
  }
  const userBytes = Buffer.byteLength(user);
  if (userBytes > SORT_KEY_BYTES_MAX) {
    const limit = `a sort key has at most ${SORT_KEY_BYTES_MAX}`;
    throw new InputError(`${nameOf('user')} ${shown(user)} has ${userBytes} bytes, ${limit}; shorten it`);
  }
  const keyBytes = Buffer.byteLength(restaurant) + 1 + userBytes;
  if (keyBytes > PARTITION_KEY_BYTES_MAX) {
    const key = `the key <restaurant_id>#<user_id> of restaurant_id ${shown(restaurant)}`;
    const limit = `a partition key has at most ${PARTITION_KEY_BYTES_MAX}`;
    throw new InputError(`${key} has ${keyBytes} bytes, ${limit}; shorten the ids`);
  }
}
