/**
 * The commonest reasons for which rows are rejected, each with one example. They are few and short, because
 * the payloads of the state machine hold them for every segment.
 */
import type { Rejection } from '../counting/rejection.ts';
import type { RejectionCount } from './run.ts';

/** With 100 segments, the most that the settings allow, these take less than 80 KB of a payload. */
const REASONS_MAX = 5;
const DETAIL_LENGTH_MAX = 100;

export function countRejections(rejections: readonly Rejection[]): readonly RejectionCount[] {
  return addRejections(
    [],
    rejections.map(({ reason, detail }) => ({ reason, count: 1, detail })),
  );
}

/** The commonest first. */
export function addRejections(
  a: readonly RejectionCount[],
  b: readonly RejectionCount[],
): readonly RejectionCount[] {
  return [...Map.groupBy([...a, ...b], ({ reason }) => reason)]
    .map(([reason, same]) => ({
      reason,
      count: same.reduce((sum, { count }) => sum + count, 0),
      detail: shortened(same[0]?.detail ?? ''),
    }))
    .toSorted((one, other) => other.count - one.count)
    .slice(0, REASONS_MAX);
}

function shortened(detail: string): string {
  return detail.length > DETAIL_LENGTH_MAX ? `${detail.slice(0, DETAIL_LENGTH_MAX - 1)}…` : detail;
}
