/** What each contender uses in a month: units, requests, time and bytes. */
import type { KindRows } from './count-rows.ts';
import { itemBytes, storedBytes, writeUnits } from './items.ts';
import type { Load, Traffic } from './load.ts';
import { assumed, measured } from './measured.ts';
import { DAYS_A_MONTH, GB } from './prices.ts';
import { READ_UNIT_BYTES_EVENTUAL } from './reconcile.ts';

export type ContenderName = 'ours' | 'add' | 'netDeltas' | 'idempotency' | 'scan';

export interface Usage {
  readonly tableWriteUnits: number;
  readonly indexWriteUnits: number;
  readonly readUnits: number;
  readonly pipeRequests: number;
  readonly invocations: number;
  readonly gbSeconds: number;
  readonly logBytes: number;
  /** Bytes of the tables that it adds, and of their indexes. */
  readonly tableBytes: number;
  readonly indexBytes: number;
}

export interface Work {
  readonly load: Load;
  readonly traffic: Traffic;
  readonly rows: readonly KindRows[];
}

/** Transactions of one batch of ours, and how long its invocation takes. */
export interface BatchWork {
  readonly transactions: number;
  readonly milliseconds: number;
}

const ACTIONS_MAX = 100;
/** Days that a tombstone is kept (src/tables/counted-favourites.ts). */
const TOMBSTONE_DAYS = 30;
/** Powertools keeps an idempotency record for an hour by default, but the stream repeats for a day. */
const IDEMPOTENCY_DAYS = 1;

export const sumOf = <T>(list: readonly T[], value: (each: T) => number): number =>
  list.reduce((sum, each) => sum + value(each), 0);

export function oursUsage(work: Work): Usage {
  const { load, traffic, rows } = work;
  const { unmarks, batchesPerMonth: batches } = traffic;
  const floored = sumOf(rows, ({ hasFloor, shared }) => (hasFloor ? shared : 0));
  const units =
    eventsOf(traffic) * writeUnits.register + sumOf(rows, ({ shared }) => shared) * writeUnits.countRow;
  const again = 1 + assumed.retriedShare + (floored > 0 ? wrongGuesses(work, floored) : 0);
  const tombstones = batches * unmarks * (TOMBSTONE_DAYS / DAYS_A_MONTH);
  const counts = storedCounts(rows);
  return {
    ...pipeline(work, {
      milliseconds: oursBatch(work).milliseconds,
      logBytes: measured.metricsLineBytes + assumed.platformLogBytes,
    }),
    tableWriteUnits: batches * units * again,
    indexWriteUnits: indexUnits(work, ({ sharedRanked }) => sharedRanked),
    readUnits: batches * floored * 0.5,
    tableBytes:
      counts.tableBytes +
      load.favouritesStored * storedBytes('register') +
      tombstones * storedBytes('tombstone'),
    indexBytes: counts.indexBytes,
  };
}

export function oursBatch({ load, traffic, rows }: Work): BatchWork {
  const events = eventsOf(traffic);
  const actions = events + sumOf(rows, ({ shared }) => shared);
  const transactions = Math.max(1, actions / ACTIONS_MAX);
  const { request, action } = assumed.transactionMs;
  const waves = Math.max(1, transactions / load.commitConcurrency);
  const guesses = rows.some(({ hasFloor }) => hasFloor) ? assumed.requestMs : 0;
  const waiting = waves * (request + action * Math.min(actions, ACTIONS_MAX)) + guesses;
  return { transactions, milliseconds: waiting + cpuTime('ours', events, load) };
}

/** (a): one update for each record and window. */
export function addUsage(work: Work): Usage {
  const { traffic, rows, load } = work;
  const events = eventsOf(traffic);
  const updates = events * rows.length;
  const waves = Math.max(1, updates / assumed.requestsAtOnce);
  return {
    ...pipeline(work, { milliseconds: waves * assumed.requestMs + cpuTime('add', events, load) }),
    tableWriteUnits: traffic.batchesPerMonth * updates * writeUnits.plainRow * (1 + assumed.retriedShare),
    indexWriteUnits: indexUnits(work, ({ eventsRanked }) => eventsRanked),
    readUnits: 0,
    ...storedCounts(rows),
  };
}

/** (b): the sums of a batch in transactions, without registers. */
export function netDeltasUsage(work: Work): Usage {
  const { traffic, rows, load } = work;
  const shared = sumOf(rows, (kind) => kind.shared);
  const { request, action } = assumed.transactionMs;
  const waves = Math.max(1, shared / ACTIONS_MAX / load.commitConcurrency);
  const waiting = waves * (request + action * Math.min(shared, ACTIONS_MAX));
  return {
    ...pipeline(work, { milliseconds: waiting + cpuTime('netDeltas', eventsOf(traffic), load) }),
    tableWriteUnits: traffic.batchesPerMonth * shared * writeUnits.countRow * (1 + assumed.retriedShare),
    indexWriteUnits: indexUnits(work, ({ sharedRanked }) => sharedRanked),
    readUnits: 0,
    ...storedCounts(rows),
  };
}

/** (c): (a), with two writes of an idempotency record around the updates of each record. */
export function idempotencyUsage(work: Work): Usage {
  const plain = addUsage(work);
  const { traffic, load } = work;
  const events = eventsOf(traffic);
  const perMonth = traffic.batchesPerMonth * events;
  const steps = 3 * Math.max(1, events / assumed.requestsAtOnce);
  const milliseconds = steps * assumed.requestMs + cpuTime('idempotency', events, load);
  return {
    ...plain,
    ...pipeline(work, { milliseconds }),
    tableWriteUnits: plain.tableWriteUnits + 2 * perMonth * writeUnits.plainRow * (1 + assumed.retriedShare),
    tableBytes: plain.tableBytes + (perMonth / DAYS_A_MONTH) * IDEMPOTENCY_DAYS * storedBytes('tombstone'),
  };
}

/** (f): every night all favourites are read, and the count rows that changed that day are written. */
export function scanUsage({ load, rows }: Work, changedADay: number): Usage {
  const scanned = load.favouritesStored * DAYS_A_MONTH;
  const written = changedADay * DAYS_A_MONTH;
  const cpuSeconds = (scanned * assumed.scanCpuMsARow) / 1_000;
  const entries = sumOf(rows, ({ shared, sharedRanked }) => (shared === 0 ? 0 : sharedRanked / shared));
  return {
    tableWriteUnits: written * rows.length * writeUnits.plainRow,
    indexWriteUnits: written * entries * writeUnits.movedEntry,
    readUnits: (scanned * itemBytes.favourite) / READ_UNIT_BYTES_EVENTUAL,
    pipeRequests: 0,
    invocations: DAYS_A_MONTH,
    gbSeconds: (cpuSeconds * assumed.memoryOfOneCpuMb) / 1024,
    logBytes: 0,
    ...storedCounts(rows),
  };
}

export const eventsOf = ({ marks, unmarks }: Traffic): number => marks + unmarks;

/** What every contender behind the pipe uses. */
function pipeline(
  { load, traffic }: Work,
  {
    milliseconds,
    logBytes = assumed.platformLogBytes,
  }: { readonly milliseconds: number; readonly logBytes?: number },
) {
  const invocations = traffic.batchesPerMonth * (1 + assumed.retriedShare);
  const chunks = Math.ceil((eventsOf(traffic) * assumed.recordBytes) / 2 ** 16);
  return {
    pipeRequests: invocations * chunks,
    invocations,
    gbSeconds: (invocations * milliseconds * load.memoryMegabytes) / 1024 / 1_000,
    logBytes: invocations * logBytes,
  };
}

/** Milliseconds that the CPU of an invocation takes with the memory of the function. */
function cpuTime(name: keyof typeof measured.cpuMs, events: number, { memoryMegabytes }: Load): number {
  const { batch, event } = measured.cpuMs[name];
  const cpus = Math.min(1, memoryMegabytes / assumed.memoryOfOneCpuMb);
  return (batch + event * events) / cpus;
}

function indexUnits({ traffic, rows }: Work, moved: (kind: KindRows) => number): number {
  const moves = traffic.batchesPerMonth * sumOf(rows, moved) * writeUnits.movedEntry;
  const saved = sumOf(rows, (kind) => kind.newRankedPerMonth) * (writeUnits.movedEntry - writeUnits.newEntry);
  return Math.max(0, moves - saved);
}

/** The share of transactions in which at least one guess about a floor is wrong. */
function wrongGuesses(work: Work, floored: number): number {
  return 1 - (1 - assumed.wrongGuessShare) ** (floored / oursBatch(work).transactions);
}

function storedCounts(rows: readonly KindRows[]): Pick<Usage, 'tableBytes' | 'indexBytes'> {
  return {
    tableBytes: sumOf(rows, ({ stored }) => stored) * storedBytes('countRow'),
    indexBytes: sumOf(rows, ({ storedRanked }) => storedRanked) * storedBytes('indexEntry'),
  };
}

export const gigabytes = (bytes: number): number => bytes / GB;
