/**
 * One step of summing one scan segment. It continues the sums that its cursor names, adds its pages, and
 * writes them under a new random name, which it returns. So it may be cut off anywhere and called again:
 * nobody reads the name under which the first call writes, however late.
 *
 *     sums of the cursor ─ page ─ page ─ … ─ new name ──> the next step, or the comparison
 */
import { countedBy } from '../../counting/counted-favourite.ts';
import type { ScanPosition } from '../../tables/dynamodb/scan.ts';
import { orStopHere } from '../../tables/dynamodb/errors.ts';
import { addSeen, nothingSeen, type Seen, seenIn } from '../rows-seen.ts';
import type { Digest, SumInput, SumStep, SumTotals } from '../run.ts';
import { addTotals } from '../totals.ts';
import type { Hashing } from './cells.ts';
import type { DigestContext } from './context.ts';
import { type IsSuspect, readSuspects } from './suspect-cells.ts';
import { Sums } from './sums.ts';

/** A quarter of the step's time is reserved for writing the sums of up to 8 MB, but at most this. */
const WRITE_MAX_MS = 10_000;

export function hashingOf({ key, rounds }: Digest): Hashing {
  return { key, round: rounds.length, cells: rounds.at(-1)?.cells ?? 0 };
}

/** @throws {DigestMissingError | TableReadError} A second call is safe. */
export async function sumStep(step: SumInput, context: DigestContext): Promise<SumStep> {
  const { clock, store, deadlineMs } = context;
  const startedAtMs = clock.nowMs();
  const untilMs = deadlineMs - Math.min(WRITE_MAX_MS, (deadlineMs - startedAtMs) / 4);
  const hashing = hashingOf(step.digest);
  const suspects = await readSuspects(step.digest, store);
  const kept = step.sums === undefined ? undefined : await store.get(step.sums);
  const sums = new Sums(hashing, kept?.bytes);

  const scanned = await scanOn(step, { sums, isSuspect: suspects.isSuspect, untilMs, context });
  const name = context.newName();
  const { writeUnits: sumWriteUnits } = await store.put(name, sums.toBytes());
  const own = {
    readUnits: suspects.readUnits + (kept?.readUnits ?? 0),
    sumWriteUnits,
    durationMs: clock.nowMs() - startedAtMs,
  };
  const before = { totals: step.totals ?? {}, rejections: step.rejections ?? [] };
  const seen = addSeen(before, addSeen(scanned, { totals: own, rejections: [] }));
  return {
    run: step.run,
    work: step.work,
    digest: step.digest,
    ...(scanned.next !== undefined && { cursor: scanned.next }),
    sums: name,
    totals: withoutZeros(seen.totals),
    rejections: seen.rejections,
    done: scanned.next === undefined,
  };
}

function withoutZeros(totals: SumTotals): SumTotals {
  return Object.fromEntries(Object.entries(totals).filter(([, total]) => total !== 0));
}

interface Scanning {
  readonly sums: Sums;
  readonly isSuspect: IsSuspect;
  readonly untilMs: number;
  readonly context: DigestContext;
}

/** Adds at least one page. If a later one cannot be read, the step keeps what it has. */
async function scanOn(
  step: SumInput,
  { sums, isSuspect, untilMs, context }: Scanning,
): Promise<Seen & { readonly next: string | undefined }> {
  let next = step.cursor;
  let seen = nothingSeen;
  for (let page = 1; page === 1 || (next !== undefined && context.clock.nowMs() < untilMs); page += 1) {
    const adding = addPage(step, next, { sums, isSuspect, untilMs, context });
    const added = await orStopHere(adding, page > 1);
    if (added === undefined) break;
    seen = addSeen(seen, added);
    next = added.next;
  }
  return { ...seen, next };
}

async function addPage(
  { work: { table, segment, totalSegments }, digest }: SumInput,
  after: string | undefined,
  { sums, isSuspect, context: { reads, notice } }: Scanning,
): Promise<Seen & { readonly next: string | undefined }> {
  const position: ScanPosition = { segment, totalSegments, ...(after !== undefined && { after }) };
  // Only the first round reads every row, so only it counts the rows by kind.
  const isFirst = digest.rounds.length === 1;
  if (table === 'favourites') {
    const { items, next, readUnits } = await reads.scanFavourites(position);
    for (const row of items) if (row.key !== undefined && isSuspect(row.key)) sums.addRow(row);
    const seen = isFirst ? seenIn(items, notice) : nothingSeen;
    return { totals: addTotals(seen.totals, { readUnits }), rejections: seen.rejections, next };
  }
  const { items, next, readUnits } = await reads.scanRegisters(position);
  let registers = 0;
  for (const item of items) {
    if (countedBy(item.register) !== undefined) registers += 1;
    if (isSuspect(item.key)) sums.addRegister(item);
  }
  return { totals: addTotals({ readUnits, registers: isFirst ? registers : 0 }), rejections: [], next };
}
