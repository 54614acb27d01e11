/**
 * The first state: reads the input, sees that nothing stands against a run, takes the lease, and says into how
 * many scan segments the tables are cut. The lease comes last: what fails before it leaves nothing to give back.
 */
import type { ReconcileLease } from '../../tables/reconcile-lease.ts';
import type { TableSizeOf } from '../../tables/dynamodb/table-sizes.ts';
import { parseReconcileInput } from './input.ts';
import type { PlanInput, PlanOutput, ReconcileMode, ScannedTable, SegmentWork } from '../run.ts';

export interface PlanContext {
  readonly lease: ReconcileLease;
  readonly tableSizeOf: TableSizeOf;
  readonly nowMs: () => number;
  /** All that a scan may meet: the largest of them decides into how many segments each is cut. */
  readonly tableNames: readonly string[];
  readonly graceMs: number;
  readonly leaseMs: number;
  readonly segmentBytes: number;
  readonly segmentsMax: number;
}

/** The modes that compare what is live with what is counted: a pipe that is behind would look like drift to them. */
const comparing: ReadonlySet<ReconcileMode> = new Set(['repair', 'verify']);

/** @throws {InvalidReconcileInputError} for an input that is none. */
export async function plan({ runId, input, lagMs }: PlanInput, context: PlanContext): Promise<PlanOutput> {
  const { mode, graceMs = context.graceMs } = parseReconcileInput(input);
  const behindMs = largest(lagMs);
  if (comparing.has(mode) && behindMs > graceMs) {
    return busy(
      `The pipe is ${behindMs} ms behind, more than the grace period of ${graceMs} ms, so that what it has yet to ` +
        'deliver would look like drift. Nothing was touched. Start again when it has caught up, or with a larger graceMs.',
    );
  }
  const totalSegments = mode === 'redrive' ? 0 : await segmentsOf(context);
  const startedAtMs = context.nowMs();
  const answer = await context.lease.take({ owner: runId, nowMs: startedAtMs, lengthMs: context.leaseMs });
  if (answer.kind === 'held') {
    const holder = answer.owner === undefined ? 'Another run' : `Run ${answer.owner}`;
    const until =
      answer.expiresAtMs === undefined
        ? ''
        : `, at the latest until ${new Date(answer.expiresAtMs).toISOString()}`;
    return busy(
      `${holder} reconciles at this moment and holds the lease${until}. Nothing was touched. Start again when it has ended.`,
    );
  }
  return {
    kind: 'planned',
    run: { runId, mode, graceMs, startedAtMs },
    heal: healedTables[mode].flatMap((table) => segments(table, totalSegments)),
    audit: mode === 'redrive' ? [] : segments('countedFavourites', totalSegments),
  };
}

/** Seeding goes from the favourites alone: where it starts, no register has lost its favourite. */
const healedTables: Readonly<Record<ReconcileMode, readonly ScannedTable[]>> = {
  repair: ['favourites', 'countedFavourites'],
  verify: ['favourites', 'countedFavourites'],
  seed: ['favourites'],
  redrive: [],
};

/**
 * One number for all tables: the audit reads the same segment of two side by side, and of tables that were just
 * filled or restored only the largest has been measured.
 */
async function segmentsOf({ tableNames, tableSizeOf, segmentBytes, segmentsMax }: PlanContext) {
  const sizes = await Promise.all(tableNames.map(tableSizeOf));
  return Math.min(segmentsMax, Math.max(1, Math.ceil(Math.max(...sizes) / segmentBytes)));
}

function segments(table: ScannedTable, totalSegments: number): readonly SegmentWork[] {
  return Array.from({ length: totalSegments }, (_, segment) => ({ table, segment, totalSegments }));
}

function busy(reason: string): PlanOutput {
  return { kind: 'busy', reason };
}

function largest(lagMs: PlanInput['lagMs']): number {
  return [lagMs ?? 0].flat().reduce((most, lag) => Math.max(most, lag), 0);
}
