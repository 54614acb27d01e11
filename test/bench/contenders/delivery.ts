/**
 * Delivers a batch by the rules of the pipe: the records that the answer names come again, and all of them if
 * the handler throws. All contenders get the same batches; ours gets the bare list that a pipe sends, the
 * others `{ Records }`, as from an event source mapping.
 */
import type { StreamRecord } from '../../support/stream-records.ts';
import type { Contender } from './contender-list.ts';
import type { Child } from './child-process.ts';

/** After so many deliveries, a batch would go to the dead-letter queue. */
const DELIVERIES_MAX = 10;

export interface Delivered {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Of the process, so far. */
  readonly peakMb: number;
  /** Records that the first delivery named as failed. */
  readonly failed: number;
  /** Records that were given up. */
  readonly givenUp: number;
}

type Answer = {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
} & (
  | {
      readonly kind: 'answer';
      readonly answer?: { readonly batchItemFailures?: readonly { readonly itemIdentifier: string }[] };
    }
  | { readonly kind: 'threw'; readonly message: string }
);

export async function deliver(
  child: Child<object>,
  contender: Contender,
  records: readonly StreamRecord[],
): Promise<Delivered> {
  let open = records;
  const sum = { wallMs: 0, cpuMs: 0, peakMb: 0, failed: 0 };
  for (let delivery = 1; open.length > 0 && delivery <= DELIVERIES_MAX; delivery += 1) {
    const answer = await child.ask<Answer>(contender.code.kind === 'ours' ? open : { Records: open });
    sum.wallMs += answer.wallMs;
    sum.cpuMs += answer.cpuMs;
    sum.peakMb = answer.peakMb;
    open = failedOf(open, answer);
    if (delivery === 1) sum.failed = open.length;
  }
  return { ...sum, givenUp: open.length };
}

function failedOf(records: readonly StreamRecord[], answer: Answer): readonly StreamRecord[] {
  if (answer.kind === 'threw') return records;
  const failures = answer.answer?.batchItemFailures ?? [];
  const failed = new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
  return records.filter(
    ({ eventID, dynamodb }) => failed.has(eventID) || failed.has(dynamodb.SequenceNumber),
  );
}
