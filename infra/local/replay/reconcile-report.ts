/**
 * Formats the result of a reconcile as a table for the terminal, as an entry of the report, and as a log
 * line.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ReconcileReport } from '../../../src/reconcile/run.ts';
import type { ReconcileOutcome } from '../local-reconcile.ts';
import type { LocalRun } from '../local-run.ts';
import { alignColumns, count, plural } from '../../command-line/text.ts';

export type ReconcileEntry = Omit<ReconcileReport, 'stages'>;

export function reconcileEntry(report: ReconcileReport): ReconcileEntry {
  const { stages: _, ...entry } = report;
  const rounded = (units: number): number => Math.round(units * 10) / 10;
  return { ...entry, readUnits: rounded(entry.readUnits), writeUnits: rounded(entry.writeUnits) };
}

const stageNames = ['redrive', 'heal', 'audit'] as const;

export function formatReconcile({ mode, stages }: ReconcileReport): string {
  const rows = stageNames
    .filter((stage) => mode !== 'redrive' || stage === 'redrive')
    .map((stage) => {
      const { readUnits, writeUnits, durationMs, ...totals } = stages[stage];
      const letters = totals.redriven + totals.left;
      const { checked, found, corrected } =
        stage === 'redrive' ? { checked: letters, found: letters, corrected: totals.redriven } : totals;
      return [
        stage,
        ...[checked, found, corrected].map(count),
        `${count(readUnits)} read, ${count(writeUnits)} write`,
        (durationMs / 1000).toFixed(1),
      ];
    });
  return alignColumns(
    [['stage', 'checked', 'found', 'corrected', 'units', 'seconds'], ...rows],
    ['text', 'number', 'number', 'number', 'number', 'number'],
  );
}

/** One line with the results that are not in the table; undefined if there are none. */
export function describeRest({ uncountable, notAudited, stages }: ReconcileReport): string | undefined {
  const { left, expired } = stages.redrive;
  const rest = phrases([
    [uncountable, 'row', 'that can never be counted'],
    [notAudited, 'restaurant', 'not audited, because its counts kept changing'],
    [stages.audit.holds, 'restaurant', 'asked to hold'],
    [left, 'dead letter', 'left'],
    [expired, 'dead letter', 'whose records have partly left the stream'],
  ]);
  return rest.length === 0 ? undefined : rest.join(', ');
}

/** For example `2 registers corrected`; empty when there was nothing to correct. */
export function corrections(report: ReconcileReport): readonly string[] {
  return phrases([
    [report.redriven, 'dead letter', 'redriven'],
    [report.registersCorrected, 'register', 'corrected'],
    [report.countsCorrected, 'count', 'corrected'],
  ]);
}

function phrases(parts: readonly (readonly [number, string, string])[]): readonly string[] {
  return parts
    .filter(([number]) => number > 0)
    .map(([number, noun, what]) => `${plural(number, noun)} ${what}`);
}

export function describeOutcome(outcome: ReconcileOutcome): string {
  if (outcome.kind === 'busy') return `Reconcile did not start: ${outcome.reason}`;
  if (outcome.kind === 'failed') return `Reconcile failed with ${outcome.error}: ${outcome.cause}`;
  const what = corrections(outcome.report).join(', ') || 'nothing to correct';
  return `Reconcile: ${what} (${outcome.seconds.toFixed(1)} s)`;
}

/** Repairs at an interval, as the schedule of a deployed stack does. Resolves when the signal is aborted. */
export async function repairEvery({
  run,
  everyMs,
  graceMs,
  say,
  signal,
}: {
  readonly run: Pick<LocalRun, 'reconcile'>;
  /** From the end of one reconcile to the start of the next. */
  readonly everyMs: number;
  readonly graceMs: number;
  /** Gets one line after each reconcile. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  for (;;) {
    await delay(everyMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const outcome = await run.reconcile({ mode: 'repair', graceMs });
    if (signal.aborted) return;
    say(describeOutcome(outcome));
  }
}
