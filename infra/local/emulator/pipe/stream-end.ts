/** Where a stream ends now, as checkpoints: a pipe that starts from them delivers what comes, and nothing that was. */
import type { Checkpoints, ShardCheckpoint } from './checkpoint-store.ts';
import type { StreamSource } from './stream-source.ts';

/** Pages of a shard, of up to 1,000 records each: a local stream is far shorter. */
const PAGES_MAX = 1_000_000;

/** Reads the whole stream, of which nobody writes meanwhile. */
export async function streamEnd(source: StreamSource): Promise<Checkpoints> {
  const ends: Record<string, ShardCheckpoint> = {};
  for (const { shardId } of await source.shards()) ends[shardId] = await shardEnd(source, shardId);
  return ends;
}

async function shardEnd(source: StreamSource, shardId: string): Promise<ShardCheckpoint> {
  const found = await source.iterator(shardId, { kind: 'TRIM_HORIZON' });
  let iterator = found.kind === 'iterator' ? found.iterator : undefined;
  let sequenceNumber: string | undefined;
  let emptyPages = 0;
  const reached = (finished: boolean): ShardCheckpoint => ({
    finished,
    ...(sequenceNumber === undefined ? {} : { sequenceNumber }),
  });
  for (let page = 0; page < PAGES_MAX; page += 1) {
    if (iterator === undefined) return reached(true);
    const read = await source.read(shardId, iterator);
    if (read.kind !== 'records')
      throw new Error(`Shard ${shardId} of the stream was lost while it was read: ${read.kind}`);
    sequenceNumber = read.records.at(-1)?.dynamodb.SequenceNumber ?? sequenceNumber;
    iterator = read.next;
    emptyPages = read.records.length === 0 ? emptyPages + 1 : 0;
    // One empty page may stand before others; a second one after it is the end.
    if (emptyPages === 2 && iterator !== undefined) return reached(false);
  }
  throw new Error(`Shard ${shardId} of the stream has more than ${PAGES_MAX} pages: expected far fewer`);
}
