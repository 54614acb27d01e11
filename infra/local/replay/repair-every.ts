/** Repairs again and again while the stack runs, as the schedule does that deploys, and says what came of each run. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ReconcileOutcome } from '../local-reconcile.ts';
import type { LocalRun } from '../local-run.ts';
import { count } from './report.ts';

export interface RepairEveryOptions {
  readonly run: Pick<LocalRun, 'reconcile'>;
  /** From the end of one run to the start of the next. */
  readonly everyMs: number;
  readonly graceMs: number;
  /** One line. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Resolves when the signal is aborted. */
export async function repairEvery({ run, everyMs, graceMs, say, signal }: RepairEveryOptions): Promise<void> {
  for (;;) {
    await delay(everyMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const outcome = await run.reconcile({ mode: 'repair', graceMs });
    if (signal.aborted) return;
    say(describeOutcome(outcome));
  }
}

export function describeOutcome(outcome: ReconcileOutcome): string {
  if (outcome.kind === 'busy') return `Reconcile did not start: ${outcome.reason}`;
  if (outcome.kind === 'failed') return `Reconcile failed with ${outcome.error}: ${outcome.cause}`;
  const { registersCorrected, countsCorrected, redriven } = outcome.report;
  const parts = [
    [redriven, 'dead letters redriven'],
    [registersCorrected, 'registers corrected'],
    [countsCorrected, 'counts corrected'],
  ] as const;
  const done = parts.filter(([number]) => number > 0).map(([number, what]) => `${count(number)} ${what}`);
  const what = done.length === 0 ? 'nothing to correct' : done.join(', ');
  return `Reconcile: ${what} (${outcome.seconds.toFixed(1)} s)`;
}
