/**
 * Decides whether a run may use the present table of favourites. A wrong table beside right counts looks like
 * drift, and a repair would erase the counts.
 *
 *     the key differs                → no run: it could not read the rows
 *     the stream differs             → no repair and no seed; redrive goes on: records expire within a day
 *     another table than before      → no run that writes, unless its input accepts the table
 *     another form of the row ids    → no run that writes, once there is a register
 *
 * Mode `verify` stops only for another key. It notes the other differences, so that it can be used to look
 * for the cause.
 */
import { rowIdFormOf } from '../../counting/source/row-key.ts';
import type { Source } from '../../counting/source/source.ts';
import type { TableFacts } from '../../tables/dynamodb/describe-table.ts';
import type { RememberedSource, SourceIdentity } from '../../tables/remembered-source.ts';
import type { ReconcileInput } from '../run.ts';
import { checkTable } from './check-table.ts';
import { describeChange, RowIdFormChangedError, SourceChangedError, SourceMismatchError } from './errors.ts';

export interface SourceContext {
  readonly source: Source;
  /** The stream that the pipe reads. */
  readonly streamArn: string;
  readonly remembered: RememberedSource;
  /** Whether there is any register. Called only if the form of the row ids changed. */
  readonly hasRegisters: () => Promise<boolean>;
}

export interface CheckedSource {
  readonly notes: readonly string[];
  /** What a run that writes must save; undefined if it is saved already, or if the run does not write. */
  readonly identity: SourceIdentity | undefined;
}

/** @throws {SourceMismatchError | SourceChangedError | RowIdFormChangedError} */
export async function checkSource(
  table: TableFacts,
  { mode, acceptSource }: ReconcileInput,
  { source, streamArn, remembered, hasRegisters }: SourceContext,
): Promise<CheckedSource> {
  const { key, stream, notes } = checkTable(table, { source, streamArn });
  const needsStream = mode === 'repair' || mode === 'seed';
  if (key.length > 0 || (needsStream && stream.length > 0)) {
    throw new SourceMismatchError(table.tableName, [...key, ...stream]);
  }
  const was = await remembered.load();
  const is = { tableName: table.tableName, tableId: table.id, rowIdForm: rowIdFormOf(source) };
  const changes: string[] = [];
  if (was !== undefined && was.rowIdForm !== is.rowIdForm && (await hasRegisters())) {
    const error = new RowIdFormChangedError(was.rowIdForm, is.rowIdForm);
    if (mode !== 'verify') throw error;
    changes.push(error.message);
  }
  if (was !== undefined && was.tableId !== is.tableId) {
    if (mode !== 'verify' && acceptSource !== true) throw new SourceChangedError(was, is);
    changes.push(describeChange(was, is));
  }
  const isKnown = JSON.stringify(was) === JSON.stringify(is);
  return {
    notes: [...stream, ...changes, ...notes],
    identity: isKnown || mode === 'verify' ? undefined : is,
  };
}
