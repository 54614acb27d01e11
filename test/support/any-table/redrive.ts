/** Redrives dead letters one by one. A deletion that is too early throws (I5). */
import { encodeDeadLetter } from '../../../src/dead-letters/dead-letter.ts';
import type { LookReads } from '../../../src/reconcile/look/reads.ts';
import type { LetterOutcome } from '../../../src/reconcile/redrive/letter.ts';
import { positionOf } from '../heal-bench.ts';
import { bothWindows, keepInto, stillClock } from '../run-batches.ts';
import { FAVOURITES_ARN } from '../stream-records.ts';
import { type Change, changesOf, registerOf, registersChangedBy } from './oracle.ts';
import type { Running } from './world.ts';

/** Another table, whose stream is newer. */
export const FOREIGN_ARN = FAVOURITES_ARN.replace('Favourites', 'Likes');
const FOREIGN_STREAM_ARN = `${FOREIGN_ARN}/stream/2025-01-01T00:00:00.000`;
const FAILED_LOOK = 'the look failed';

/** Puts the records that never came through the pipe into the queue. */
export function fillQueue({ world, records, letters, foreignLetters }: Running): void {
  const letter = { reason: 'not-a-record', detail: 'the pipe gave up' } as const;
  for (const index of world.givenUp ?? []) {
    const record = records.get(index);
    if (record !== undefined) letters.set(index, encodeDeadLetter({ ...letter, record }));
  }
  for (const index of world.foreign ?? []) {
    const record = { ...records.get(index), eventSourceARN: FOREIGN_STREAM_ARN };
    foreignLetters.push(encodeDeadLetter({ ...letter, record }));
  }
}

/** Tries every dead letter in the queue once. */
export async function redriveAll(running: Running): Promise<void> {
  const { letters, deleted, foreignLetters } = running;
  for (const [index, body] of [...letters]) {
    const since = running.made.length;
    if (!(await isCommitted(body, running))) continue;
    const why = whyItMustStay(index, running, since);
    if (why !== undefined) throw new Error(`I5 broken: dead letter ${index} was deleted, but ${why}`);
    letters.delete(index);
    deleted.add(index);
  }
  for (const body of foreignLetters) {
    if (await isCommitted(body, running))
      throw new Error('I5 broken: a dead letter of another table was deleted');
  }
}

/**
 * Why a dead letter must not be deleted; undefined if it may. Every register that its record changes must be
 * at its position or later, and so must the register of a row that is rejected.
 * @param since how many writes were made when redrive began to look.
 */
export function whyItMustStay(
  index: number,
  { world, made, tables }: Running,
  since = made.length,
): string | undefined {
  const { shape, writes } = world;
  const change = changesOf(writes)[index] as Change;
  const { row, content } = change;
  const isAt = (id: string) => (tables.store.registers.get(id)?.position ?? '') >= positionOf(index + 1);
  const early = registersChangedBy(shape, change).find((id) => !isAt(id));
  if (early !== undefined) return `the register ${early} is not at its position`;
  if (content?.verdict !== 'rejected') return undefined;
  // An image that names no register is judged by what redrive may have seen in the row.
  const before = made.slice(0, since).findLast((write) => write.row === row);
  const later = made.slice(since).filter((write) => write.row === row);
  const judged =
    content.restaurant === undefined ? [before?.content, ...later.map((write) => write.content)] : [content];
  const isOvertaken = judged.some((some) => {
    const named = registerOf(shape, row, some);
    return named === undefined ? some?.verdict !== 'rejected' : isAt(named);
  });
  return isOvertaken ? undefined : 'no later record has decided about its row';
}

/** @throws for an error that no fault of the world explains. */
async function isCommitted(body: string, running: Running): Promise<boolean> {
  const { kind, reason } = await redriveOne(body, running);
  if (kind === 'left' && reason !== FAILED_LOOK) throw new Error(reason);
  return kind === 'committed';
}

function redriveOne(body: string, { world, rules, tables }: Running): Promise<LetterOutcome> {
  const { schedule } = tables;
  let failures = world.failedLooks ?? 0;
  const reads: LookReads = {
    readFavourites: (keys, how) => tables.readFavourites(keys, how),
    readRegisters: (keys, how) => {
      if (failures > 0 && schedule.choose(2) === 1) {
        failures -= 1;
        return Promise.reject(new Error(FAILED_LOOK));
      }
      return tables.readRegisters(keys, how);
    },
  };
  return rules.redrive(body, {
    mapping: rules.mapping,
    reads,
    store: tables.commits,
    favouritesTableArn: FAVOURITES_ARN,
    stream: { read: () => [] as unknown as AsyncIterable<never> },
    deadLetters: keepInto([]),
    clock: { ...stillClock, sleep: () => schedule.pause() },
    random: () => 0.5,
    timeWindows: bothWindows,
    timeZone: 'UTC',
    concurrency: 1,
    deadlineMs: Number.POSITIVE_INFINITY,
    isLossRepaired: false,
  });
}
