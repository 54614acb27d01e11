/**
 * Replays a file through the stack. The command line chooses the steps: backfill with the pipe off, replay,
 * damage, reconcile. A reconcile is a run of the template's state machine.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ReconcileMode } from '../../../src/reconcile/run.ts';
import type { LocalRun } from '../local-run.ts';
import type { ReconcileOutcome } from '../local-reconcile.ts';
import { type Damage, damageTables } from './damage.ts';
import { fullSpeed, heldBackByLag } from './pace.ts';
import type { ReplayFile } from './files/replay-file.ts';
import { writeFavourites } from './write-favourites.ts';

export interface PlayFileOptions {
  readonly run: LocalRun;
  readonly file: ReplayFile;
  readonly seed: number;
  /** `during` reconciles repeatedly while the replay runs, and once more at the end. */
  readonly reconcile: 'never' | 'at the end' | 'during';
  /** Share of the file to write before the pipe starts. It needs a run whose pipe is off. */
  readonly backfill: number | undefined;
  readonly damage: Damage | undefined;
  readonly graceMs: number;
  readonly onPhase: (phase: 'backfilling' | 'seeding' | 'replaying' | 'damaging' | 'reconciling') => void;
  /** Gets the number of events written. */
  readonly onWritten: (written: number) => void;
  readonly signal: AbortSignal;
}

export interface PlayedFile {
  /** From the first write until the last event was counted. */
  readonly seconds: number;
  /** In the order in which they ended, without those with the outcome `busy`. */
  readonly reconciles: readonly Exclude<ReconcileOutcome, { readonly kind: 'busy' }>[];
  readonly damage: Damage | undefined;
}

/** The replay pauses at a lag above this share of the grace period, so that a reconcile can start. */
const LAG_SHARE_MAX = 0.5;
const BUSY_PAUSE_MS = 250;

/** @throws when the reconcile at the end, or the seed, does not start */
export async function playFile(options: PlayFileOptions): Promise<PlayedFile> {
  const { run, file, seed, backfill, graceMs, onPhase, onWritten, signal } = options;
  const reconciles: Exclude<ReconcileOutcome, { readonly kind: 'busy' }>[] = [];
  const reconcile = async (mode: ReconcileMode): Promise<ReconcileOutcome> => {
    const outcome = await run.reconcile({ mode, graceMs });
    if (outcome.kind !== 'busy') reconciles.push(outcome);
    return outcome;
  };
  const startedAtMs = performance.now();

  const filled = backfill === undefined ? 0 : Math.round(file.events.length * backfill);
  if (backfill !== undefined) {
    onPhase('backfilling');
    const first = Iterator.from(file.events.from(0)).take(filled);
    await writeFavourites(run, { events: first, onWritten, signal });
    if (!signal.aborted) await run.startPipe();
  }
  onPhase(filled > 0 && filled === file.events.length ? 'seeding' : 'replaying');
  const isReconciled = backfill !== undefined || options.reconcile === 'during';
  const pace = isReconciled
    ? heldBackByLag({ lagMs: () => run.pipe.counters.lagMs, lagMaxMs: graceMs * LAG_SHARE_MAX })
    : fullSpeed;
  // A seed of an empty table stops, because it may be the wrong table.
  const seeding = filled === 0 ? undefined : reconcile('seed').then(unlessBusy);
  const replay = { isUnderWay: true };
  const rest = { events: file.events.from(filled), from: filled };
  const replaying = writeFavourites(run, { ...rest, pace, onWritten, signal })
    .then(() => run.pipe.drain())
    .finally(() => {
      replay.isUnderWay = false;
    });
  const counting = Promise.all([seeding, replaying]).then(() => (performance.now() - startedAtMs) / 1000);
  const repairing = async (): Promise<void> => {
    await seeding;
    while (replay.isUnderWay && !signal.aborted) {
      const { kind } = await reconcile('repair');
      if (kind === 'busy') await delay(BUSY_PAUSE_MS);
    }
  };
  const [seconds] = await Promise.all([counting, options.reconcile === 'during' ? repairing() : undefined]);

  if (options.damage !== undefined) onPhase('damaging');
  const damage = options.damage && (await damageTables(run, { damage: options.damage, seed }));
  if (options.reconcile !== 'never') {
    onPhase('reconciling');
    unlessBusy(await reconcile('repair'));
  }
  return { seconds, reconciles, damage };
}

function unlessBusy(outcome: ReconcileOutcome): void {
  if (outcome.kind === 'busy') throw new Error(`The reconcile did not start: ${outcome.reason}`);
}
