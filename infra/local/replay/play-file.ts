/**
 * A file through the stack: filled in with the pipe off, replayed, damaged and reconciled, as the command line says. The
 * reconcile is the template's own state machine; this only says when.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ReconcileMode } from '../../../src/reconcile/run.ts';
import type { LocalRun } from '../local-run.ts';
import type { ReconcileOutcome } from '../local-reconcile.ts';
import { type Damage, damageTables } from './damage.ts';
import { Gate } from './gate.ts';
import { fullSpeed, heldBackByLag, type Pace } from './pace.ts';
import type { ReplayFile } from './replay-file.ts';
import { writeFavourites } from './write-favourites.ts';

export interface PlayFileOptions {
  readonly run: LocalRun;
  readonly file: ReplayFile;
  readonly seed: number;
  /** `during`: again and again while the replay runs, and at the end. */
  readonly reconcile: 'never' | 'at the end' | 'during';
  /** Share of the file that is filled in with the pipe off; the run's pipe must be off then. */
  readonly backfill: number | undefined;
  readonly damage: Damage | undefined;
  readonly graceMs: number;
  readonly onPhase: (phase: 'filling in' | 'replaying' | 'damaging' | 'reconciling') => void;
  /** Events written. */
  readonly onWritten: (written: number) => void;
  readonly signal: AbortSignal;
}

export interface PlayedFile {
  /** From the first write until the last event was counted. */
  readonly seconds: number;
  /** In the order of their ends; those that were turned away because of a lag are not among them. */
  readonly reconciles: readonly Exclude<ReconcileOutcome, { readonly kind: 'busy' }>[];
  /** What was damaged; undefined when nothing was to be. */
  readonly damage: Damage | undefined;
}

/** The replay waits when the pipe lags by this share of the grace period: with more a reconcile would not start. */
const LAG_SHARE_MAX = 0.5;
const BUSY_PAUSE_MS = 250;

/** @throws when the reconcile at the end, or the seed, is turned away */
export async function playFile(o: PlayFileOptions): Promise<PlayedFile> {
  const { run, file, signal } = o;
  const reconciles: Exclude<ReconcileOutcome, { readonly kind: 'busy' }>[] = [];
  const reconcile = async (mode: ReconcileMode): Promise<ReconcileOutcome> => {
    const outcome = await run.reconcile({ mode, graceMs: o.graceMs });
    if (outcome.kind !== 'busy') reconciles.push(outcome);
    return outcome;
  };
  const startedAtMs = performance.now();

  const filled = o.backfill === undefined ? 0 : Math.round(file.events.length * o.backfill);
  if (o.backfill !== undefined) {
    o.onPhase('filling in');
    await write(o, { from: 0, to: filled, pace: fullSpeed });
    if (!signal.aborted) await run.startPipe();
  }
  o.onPhase('replaying');
  const isReconciled = o.backfill !== undefined || o.reconcile === 'during';
  const pace = isReconciled
    ? heldBackByLag({ lagMs: () => run.pipe.counters.lagMs, lagMaxMs: o.graceMs * LAG_SHARE_MAX })
    : fullSpeed;
  const seeding = o.backfill === undefined ? undefined : reconcile('seed').then(unlessBusy);
  const replay = { isUnderWay: true, seconds: 0 };
  const replaying = write(o, { from: filled, to: file.events.length, pace })
    .then(() => run.pipe.drain())
    .finally(() => {
      replay.seconds = (performance.now() - startedAtMs) / 1000;
      replay.isUnderWay = false;
    });
  const repairing = async (): Promise<void> => {
    await seeding;
    while (replay.isUnderWay && !signal.aborted) {
      const { kind } = await reconcile('repair');
      if (kind === 'busy') await delay(BUSY_PAUSE_MS);
    }
  };
  await Promise.all([seeding, replaying, o.reconcile === 'during' ? repairing() : undefined]);

  if (o.damage !== undefined) o.onPhase('damaging');
  const damage = o.damage && (await damageAll(o, o.damage));
  if (o.reconcile !== 'never') {
    o.onPhase('reconciling');
    unlessBusy(await reconcile('repair'));
  }
  return { seconds: replay.seconds, reconciles, damage };
}

function write(
  { run, file, onWritten, signal }: PlayFileOptions,
  { from, to, pace }: { readonly from: number; readonly to: number; readonly pace: Pace },
): Promise<void> {
  return writeFavourites({
    dynamoDb: run.dynamoDb,
    table: run.tables.favourites,
    events: to === file.events.length ? file.events : file.events.slice(0, to),
    from,
    pace,
    gate: new Gate(),
    onWritten,
    signal,
  });
}

function damageAll({ run, seed }: PlayFileOptions, damage: Damage): Promise<Damage> {
  const { dynamoDb, tables, settings } = run;
  return damageTables({ dynamoDb, tables, rankingShards: settings.rankingShards, damage, seed });
}

function unlessBusy(outcome: ReconcileOutcome): void {
  if (outcome.kind === 'busy') throw new Error(`The reconcile did not start: ${outcome.reason}`);
}
