/** Errors about the table of favourites, which stop a run before it takes the lease. */
import type { SourceIdentity } from '../../tables/remembered-source.ts';

/** The key or the stream of the table is not that of the settings. */
export class SourceMismatchError extends Error {
  override readonly name = 'SourceMismatch';
  readonly code = 'source-mismatch';

  constructor(tableName: string, issues: readonly string[]) {
    super(`Table ${tableName} does not fit the settings: ${issues.join('; ')}. Nothing was changed.`);
  }
}

/** Favourites is another table than the one that was counted. */
export class SourceChangedError extends Error {
  override readonly name = 'SourceChanged';
  readonly code = 'source-changed';

  constructor(was: SourceIdentity, is: SourceIdentity) {
    super(
      `${describeChange(was, is)} Nothing was changed. If this is the wrong table, deploy with the right ` +
        'one in existingFavourites. If it replaces the old one, for example after a restore, start again ' +
        'with "acceptSource": true in the input.',
    );
  }
}

/** The registers have row ids of another form than the settings give to rows. */
export class RowIdFormChangedError extends Error {
  override readonly name = 'RowIdFormChanged';
  readonly code = 'row-id-form-changed';

  constructor(was: string, is: string) {
    super(
      `The registers identify their rows by ${was}, but the setting source now identifies them by ${is}. ` +
        'The form of the row id does not change in place: that takes fresh tables. Nothing was changed. ' +
        'Deploy the old source again, or deploy a new stack and seed it.',
    );
  }
}

export function describeChange(was: SourceIdentity, is: SourceIdentity): string {
  const name = ({ tableName, tableId }: SourceIdentity) => `table ${tableName} (${tableId})`;
  return `Favourites is now ${name(is)}, but the counts were made from ${name(was)}.`;
}
