/** Reads one shard to its end, ahead of its lanes but not without bound. */
import type { Clock } from './clock.ts';
import type { Signal } from './signal.ts';
import type { IteratorStart, PipeRecord, StreamSource } from './stream-source.ts';

/** Unanswered records of a shard beyond which reading waits: a lane that is stuck stops the others only after this many of its own. */
const READ_AHEAD = { recordsMax: 20_000, bytesMax: 64 * 1024 * 1024 };
/** A page smaller than this is followed by a pause, so that a slow writer is not polled record by record. */
const SMALL_PAGE_RECORDS = 200;
const POLL_PAUSE_FIRST_MS = 20;
/** Well below a batching window of a second. */
const POLL_PAUSE_MAX_MS = 160;
const FAILURE_PAUSE_MAX_MS = 2_000;

export interface ShardReaderOptions {
  readonly shardId: string;
  readonly source: StreamSource;
  readonly start: IteratorStart;
  readonly clock: Clock;
  readonly hasRoom: (limits: typeof READ_AHEAD) => boolean;
  readonly onRecords: (records: readonly PipeRecord[]) => void;
  /** The end of the stream as it was when the drain of that number began, or later, has been read. */
  readonly onTip: (drain: number) => void;
  readonly newestDrain: () => number;
  readonly onProblem: (message: string) => void;
  readonly isStopping: () => boolean;
  readonly stopped: Signal;
  readonly progress: Signal;
}

interface ReaderState {
  from: IteratorStart;
  iterator: string | undefined;
  /** The newest drain when the page before this one was asked for, if that page was empty. */
  emptyPageDrain: number | undefined;
}

/** Resolves when the shard is closed and read to its end, or the pipe stops. */
export async function readShard(options: ShardReaderOptions): Promise<void> {
  const { shardId, stopped, isStopping } = options;
  const state: ReaderState = { from: options.start, iterator: undefined, emptyPageDrain: undefined };
  let emptyPages = 0;
  let failures = 0;
  while (!isStopping()) {
    if (!options.hasRoom(READ_AHEAD)) {
      await options.progress.wait();
      continue;
    }
    try {
      const records = await readPage(state, options);
      if (records === 'closed') return;
      failures = 0;
      emptyPages = records === 0 ? emptyPages + 1 : 0;
      if (records >= SMALL_PAGE_RECORDS || isStopping()) continue;
      await stopped.wait(growingPauseMs(emptyPages - 1, POLL_PAUSE_MAX_MS));
    } catch (error) {
      failures += 1;
      /** An iterator at LATEST cannot be had again, one at a sequence number can. */
      if (state.from.kind !== 'LATEST') state.iterator = undefined;
      options.onProblem(`Shard ${shardId} of the stream could not be read, trying again: ${String(error)}`);
      if (!isStopping()) await stopped.wait(growingPauseMs(failures, FAILURE_PAUSE_MAX_MS));
    }
  }
}

/** Hands on one page; how many records it had. */
async function readPage(state: ReaderState, options: ShardReaderOptions): Promise<number | 'closed'> {
  const { shardId, source } = options;
  const found = state.iterator === undefined ? await source.iterator(shardId, state.from) : undefined;
  if (found?.kind === 'trimmed') return startAtHorizon(state, options);
  state.iterator ??= found?.iterator ?? '';
  const drain = options.newestDrain();
  const page = await source.read(shardId, state.iterator);
  if (page.kind === 'trimmed') return startAtHorizon(state, options);
  state.iterator = page.kind === 'records' ? page.next : undefined;
  if (page.kind === 'iterator-expired') return 0;
  const last = page.records.at(-1);
  if (last !== undefined) {
    options.onRecords(page.records);
    state.from = { kind: 'AFTER', sequenceNumber: last.dynamodb.SequenceNumber };
  }
  /** One empty page may stand before others; a second one after it is the end of the stream. */
  if (last === undefined && state.emptyPageDrain !== undefined) options.onTip(state.emptyPageDrain);
  state.emptyPageDrain = last === undefined ? drain : undefined;
  return page.next === undefined ? 'closed' : page.records.length;
}

function startAtHorizon(state: ReaderState, { shardId, onProblem }: ShardReaderOptions): number {
  onProblem(`Shard ${shardId} of the stream was trimmed beyond its checkpoint: the pipe has lost records`);
  state.iterator = undefined;
  state.from = { kind: 'TRIM_HORIZON' };
  return 0;
}

function growingPauseMs(times: number, maxMs: number): number {
  return Math.min(maxMs, POLL_PAUSE_FIRST_MS * 2 ** Math.max(0, times));
}
