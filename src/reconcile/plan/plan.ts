/**
 * The first state: validates the input, checks the table of favourites and the lag, takes the lease, and
 * divides the tables into scan segments. The lease comes late: a failure before it leaves nothing to release.
 *
 * A run may outlast its lease, for example with a long grace period. That is safe, because the lease only
 * avoids wasted work: a run at the same time, such as the next redrive, commits on the same conditions.
 */
import type { ReconcileLease } from '../../tables/reconcile-lease.ts';
import type { DescribeTable, TableFacts } from '../../tables/dynamodb/describe-table.ts';
import { clampCells } from '../digest/compare.ts';
import { checkSource, type SourceContext } from './check-source.ts';
import { parseReconcileInput } from './input.ts';
import {
  comparedTables,
  type PlanInput,
  type PlanOutput,
  type ReconcileMode,
  type ScannedTable,
  type SegmentWork,
} from '../run.ts';

export interface PlanContext extends SourceContext {
  readonly lease: ReconcileLease;
  readonly describeTable: DescribeTable;
  readonly nowMs: () => number;
  /** 128 random bits, in base64url. */
  readonly newKey: () => string;
  readonly favouritesTable: string;
  /** The other tables that are scanned, the registers first. */
  readonly countTables: readonly string[];
  readonly graceMs: number;
  readonly leaseMs: number;
  readonly segmentBytes: number;
  readonly segmentsMax: number;
}

/** The modes that would mistake the backlog of the pipe for drift. */
const comparing: ReadonlySet<ReconcileMode> = new Set(['repair', 'verify']);

/**
 * @throws {InvalidReconcileInputError | SourceMismatchError | SourceChangedError | RowIdFormChangedError}
 */
export async function plan({ runId, input, lagMs }: PlanInput, context: PlanContext): Promise<PlanOutput> {
  const request = parseReconcileInput(input);
  const { mode, graceMs = context.graceMs, acceptDrift } = request;
  const favourites = await context.describeTable(context.favouritesTable);
  const { notes, identity } = await checkSource(favourites, request, context);
  const behindMs = Math.max(0, ...[lagMs ?? 0].flat());
  if (comparing.has(mode) && behindMs > graceMs) {
    return busy(
      `The pipe is ${behindMs} ms behind, more than the grace period of ${graceMs} ms: events that it ` +
        'has not delivered would look like drift. Nothing was changed. Start again when it has caught up, ' +
        'or with a larger graceMs.',
    );
  }
  const tables = [favourites, ...(await countTablesOf(mode, context))];
  const totalSegments = mode === 'redrive' ? 0 : segmentsOf(tables, context);
  const startedAtMs = context.nowMs();
  const answer = await context.lease.take({ owner: runId, nowMs: startedAtMs, lengthMs: context.leaseMs });
  if (answer.kind === 'held') {
    const holder = answer.owner === undefined ? 'Another run' : `Run ${answer.owner}`;
    const until =
      answer.expiresAtMs === undefined
        ? ''
        : ` until ${new Date(answer.expiresAtMs).toISOString()} at the latest`;
    return busy(`${holder} holds the lease${until}. Nothing was changed. Start again when it has ended.`);
  }
  if (identity !== undefined) await context.remembered.save(identity);
  return {
    kind: 'planned',
    run: { runId, mode, graceMs, startedAtMs, ...(acceptDrift === true && { acceptDrift }) },
    ...(notes.length > 0 && { notes }),
    heal: healedTables[mode].flatMap((table) => segments(table, totalSegments)),
    audit: segments('countedFavourites', totalSegments),
    digest: comparing.has(mode) ? { key: context.newKey(), rounds: [{ cells: cellsFor(tables) }] } : null,
  };
}

/** A favourite that differs makes its whole cell suspect, so few share a cell. */
const FAVOURITES_PER_CELL = 32;
/** 2 MB of sums for each step. */
const CELLS_MAX = 2 ** 18;

/** Seed only fills in what is missing; mode repair deals with registers without a favourite. */
const healedTables: Readonly<Record<ReconcileMode, readonly ScannedTable[]>> = {
  repair: comparedTables,
  verify: comparedTables,
  seed: ['favourites'],
  redrive: [],
};

/**
 * The same number for all tables, from the size of the largest: the audit reads the same segment of two
 * tables side by side, and DynamoDB has not yet measured a table that was just filled or restored.
 */
function segmentsOf(tables: readonly TableFacts[], { segmentBytes, segmentsMax }: PlanContext): number {
  const largestBytes = Math.max(...tables.map(({ sizeBytes }) => sizeBytes));
  return Math.min(segmentsMax, Math.max(1, Math.ceil(largestBytes / segmentBytes)));
}

async function countTablesOf(
  mode: ReconcileMode,
  { countTables, describeTable }: PlanContext,
): Promise<readonly TableFacts[]> {
  return mode === 'redrive' ? [] : Promise.all(countTables.map(describeTable));
}

/**
 * If DynamoDB has not counted the items yet, the first round has few cells, and the next one as many as it
 * needs.
 */
function cellsFor([favourites, registers]: readonly TableFacts[]): number {
  const largest = Math.max(favourites?.items ?? 0, registers?.items ?? 0);
  return clampCells(largest / FAVOURITES_PER_CELL, CELLS_MAX);
}

function segments(table: ScannedTable, totalSegments: number): readonly SegmentWork[] {
  return Array.from({ length: totalSegments }, (_, segment) => ({ table, segment, totalSegments }));
}

function busy(reason: string): PlanOutput {
  return { kind: 'busy', reason };
}
