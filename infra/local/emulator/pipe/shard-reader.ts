/** Reads one shard to its end, a bounded number of records ahead of its lanes. */
import { growingPauseMs } from './clock.ts';
import type { PipeContext } from './pipe-context.ts';
import type { IteratorStart, PipeRecord } from './stream-source.ts';

/** Pause after a page smaller than this, so as not to poll for each record of a slow writer. */
const SMALL_PAGE_RECORDS = 200;
/** Well below a batching window of a second. */
const POLL_PAUSE_MAX_MS = 160;
const FAILURE_PAUSE_MAX_MS = 2_000;

interface ShardReaderContext extends PipeContext {
  readonly shardId: string;
  readonly start: IteratorStart;
  readonly hasRoom: () => boolean;
  readonly onRecords: (records: readonly PipeRecord[]) => void;
  /** Everything that was in the shard when the drain of that number began has been read. */
  readonly onTip: (drain: number) => void;
}

interface ReaderState {
  from: IteratorStart;
  iterator: string | undefined;
  /** The newest drain when the previous page was requested, if that page was empty. */
  emptyPageDrain: number | undefined;
}

/** Resolves when the shard is closed and read to its end, or the pipe stops. */
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
      context.onProblem(`Cannot read shard ${shardId} of the stream, trying again: ${String(error)}`);
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
  // Pages with records can follow one empty page, but not two: that is the end of the stream.
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
