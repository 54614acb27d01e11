/** Reads one shard to its end, but pauses while the lanes have too many unanswered records. */
import { growingPauseMs } from './clock.ts';
import type { PipeContext } from './pipe-context.ts';
import type { IteratorStart, PipeRecord } from './stream-source.ts';

/**
 * After a smaller page the reader pauses, so that it does not poll for every single record of a slow writer.
 */
const SMALL_PAGE_RECORDS = 200;
/** Short compared to a batching window of one second. */
const POLL_PAUSE_MAX_MS = 160;
const FAILURE_PAUSE_MAX_MS = 2_000;

interface ShardReaderContext extends PipeContext {
  readonly shardId: string;
  readonly start: IteratorStart;
  readonly hasRoom: () => boolean;
  readonly onRecords: (records: readonly PipeRecord[]) => void;
  /** Called when every record that was in the shard at the start of this drain has been read. */
  readonly onTip: (drain: number) => void;
}

interface ReaderState {
  from: IteratorStart;
  iterator: string | undefined;
  /** If the previous page was empty: the number of the newest drain when that page was requested. */
  emptyPageDrain: number | undefined;
}

/** Resolves when the shard is closed and read to its end, or when the pipe stops. */
export async function readShard(context: ShardReaderContext): Promise<void> {
  const { shardId, isStopping } = context;
  const state: ReaderState = { from: context.start, iterator: undefined, emptyPageDrain: undefined };
  let emptyPages = 0;
  let failures = 0;
  while (!isStopping()) {
    if (!context.hasRoom()) {
      await context.progress.wait();
      continue;
    }
    try {
      const records = await readPage(state, context);
      if (records === 'closed') return;
      failures = 0;
      emptyPages = records === 0 ? emptyPages + 1 : 0;
      if (records < SMALL_PAGE_RECORDS)
        await context.pause(growingPauseMs(emptyPages - 1, POLL_PAUSE_MAX_MS));
    } catch (error) {
      if (isStopping()) return;
      failures += 1;
      // Keep an iterator at LATEST: a new one would skip records.
      if (state.from.kind !== 'LATEST') state.iterator = undefined;
      context.onProblem(`Cannot read shard ${shardId} of the stream, will retry: ${String(error)}`);
      await context.pause(growingPauseMs(failures, FAILURE_PAUSE_MAX_MS));
    }
  }
}

/** Reads one page, passes its records to `onRecords`, and returns their number. */
async function readPage(state: ReaderState, context: ShardReaderContext): Promise<number | 'closed'> {
  const { shardId, source } = context;
  if (state.iterator === undefined) {
    const found = await source.iterator(shardId, state.from);
    if (found.kind === 'trimmed') return startAtHorizon(state, context);
    state.iterator = found.iterator;
  }
  const drain = context.newestDrain();
  const page = await source.read(shardId, state.iterator);
  if (page.kind === 'trimmed') return startAtHorizon(state, context);
  state.iterator = page.kind === 'records' ? page.next : undefined;
  if (page.kind === 'iterator-expired') return 0;
  const last = page.records.at(-1);
  if (last !== undefined) {
    context.onRecords(page.records);
    state.from = { kind: 'AFTER', sequenceNumber: last.dynamodb.SequenceNumber };
  }
  // A page with records can follow one empty page. Two empty pages in a row mean the end of the stream.
  if (last === undefined && state.emptyPageDrain !== undefined) context.onTip(state.emptyPageDrain);
  state.emptyPageDrain = last === undefined ? drain : undefined;
  return page.next === undefined ? 'closed' : page.records.length;
}

function startAtHorizon(state: ReaderState, { shardId, onProblem }: ShardReaderContext): number {
  onProblem(`Shard ${shardId} of the stream was trimmed beyond its checkpoint: the pipe has lost records`);
  state.iterator = undefined;
  state.from = { kind: 'TRIM_HORIZON' };
  return 0;
}
