/**
 * Applies the records of one dead letter with the aggregator's code, in any order (I2), and then compares the
 * registers with their rows (I3).
 */
import { aggregateBatch } from '../../aggregator/aggregate-batch.ts';
import { namesOf } from '../../counting/record-names.ts';
import { type RegisterKey, registerIdOf } from '../../counting/register-key.ts';
import type { DeadLetter } from '../../dead-letters/dead-letter.ts';
import type { DeadLetters } from '../../dead-letters/dead-letter-queue.ts';
import type { StreamPage } from '../../tables/favourites-stream.ts';
import type { LookContext } from './context.ts';
import { correctByRows } from './look.ts';

export type RecordPages = AsyncIterable<StreamPage> | Iterable<StreamPage>;

/** What was found so far; valid even if the work fails halfway. */
export interface Findings {
  /** The rejected records, and those whose new image is rejected. */
  readonly poison: DeadLetter[];
  /** Some records had already left the stream. */
  isExpired: boolean;
}

/** A range may name more registers than fit into memory; this many take a few megabytes. */
const REGISTERS_KEPT_MAX = 2_000;

/** @throws the first failure once nothing is under way any more. A second call is safe: it finds the rest. */
export async function applyThenLook(
  pages: RecordPages,
  findings: Findings,
  context: LookContext,
): Promise<void> {
  /** The registers of applied records that are not compared with their rows yet. */
  const named = new Map<string, RegisterKey>();
  const look = async () => {
    await correctByRows([...named.values()], context);
    named.clear();
  };
  const applyAll = async () => {
    for await (const { records, isExpired } of pages) {
      findings.isExpired ||= isExpired;
      const settled = await apply(records, findings.poison, context);
      for (const [index, record] of records.entries()) {
        if (settled[index]?.status !== 'fulfilled') continue;
        for (const key of namesOf(record, context.mapping)?.registers ?? [])
          named.set(registerIdOf(key), key);
      }
      throwFirst(settled);
      if (named.size >= REGISTERS_KEPT_MAX) await look();
    }
  };
  const applied = await Promise.allSettled([applyAll()]);
  if (applied.some(isGone)) findings.isExpired = true;
  // Also after a failure, which may last for weeks: the records that were applied may have made registers
  // wrong.
  const looked = await Promise.allSettled([look()]);
  throwFirst([...applied.filter((one) => !isGone(one)), ...looked]);
}

async function apply(records: readonly unknown[], poison: DeadLetter[], context: LookContext) {
  if (records.length === 0) return [];
  const batch = aggregateBatch(records.length, { ...context, deadLetters: collectInto(poison) });
  return Promise.allSettled(records.map((record) => batch.add(record)));
}

function throwFirst(settled: readonly PromiseSettledResult<void>[]): void {
  const failure = settled.find((one) => one.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

function collectInto(poison: DeadLetter[]): DeadLetters {
  return {
    send: (letters) => {
      poison.push(...letters);
      return Promise.resolve(letters.map(() => ({ kind: 'kept' as const })));
    },
  };
}

/** The shard or stream no longer exists: its last record is older than a day. */
function isGone(settled: PromiseSettledResult<void>): boolean {
  if (settled.status === 'fulfilled') return false;
  const reason: unknown = settled.reason;
  return reason instanceof Error && reason.name === 'ResourceNotFoundException';
}
