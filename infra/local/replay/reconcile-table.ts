/** What a reconcile found and did, for people as a table and for scripts as an entry of the report. */
import type { ReconcileReport } from '../../../src/reconcile/run.ts';
import { count } from './report.ts';

export type ReconcileEntry = Omit<ReconcileReport, 'stages'>;

export function reconcileEntry(report: ReconcileReport): ReconcileEntry {
  const { mode, registersFound, registersCorrected, countsFound, countsCorrected } = report;
  const { uncountable, notAudited, redriven, readUnits, writeUnits } = report;
  return {
    mode,
    registersFound,
    registersCorrected,
    countsFound,
    countsCorrected,
    uncountable,
    notAudited,
    redriven,
    readUnits: Math.round(readUnits * 10) / 10,
    writeUnits: Math.round(writeUnits * 10) / 10,
  };
}

const columns = ['stage', 'checked', 'found', 'corrected', 'units', 'seconds'] as const;
const stageNames = ['redrive', 'heal', 'audit'] as const;

export function formatReconcile({ mode, stages }: ReconcileReport): string {
  const rows = stageNames
    .filter((stage) => mode !== 'redrive' || stage === 'redrive')
    .map((stage) => {
      const { checked, found, corrected, redriven, left, readUnits, writeUnits, durationMs } = stages[stage];
      const isRedrive = stage === 'redrive';
      return [
        stage,
        count(isRedrive ? redriven + left : checked),
        count(isRedrive ? redriven + left : found),
        count(isRedrive ? redriven : corrected),
        `${count(readUnits)} read, ${count(writeUnits)} write`,
        (durationMs / 1000).toFixed(1),
      ];
    });
  const width = (column: number) => Math.max(...[columns, ...rows].map((row) => row[column]?.length ?? 0));
  return [columns, ...rows]
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(width(i)) : cell.padStart(width(i)))).join('  '),
    )
    .join('\n');
}

/** What the table does not say, in one line; undefined when there is nothing. */
export function describeRest({ uncountable, notAudited, stages }: ReconcileReport): string | undefined {
  const { left, expired } = stages.redrive;
  const { holds } = stages.audit;
  const parts = [
    [uncountable, 'rows that can never be counted'],
    [notAudited, 'restaurants that would not hold still'],
    [holds, 'restaurants asked to hold'],
    [left, 'dead letters left'],
    [expired, 'dead letters of which the stream held no more than a part'],
  ] as const;
  const said = parts.filter(([number]) => number > 0).map(([number, what]) => `${count(number)} ${what}`);
  return said.length === 0 ? undefined : said.join(', ');
}
