import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { isObject } from '../json.ts';

const shardCheckpoint = v.object({
  /** Everything up to and with this one is answered or in a dead-letter range. Absent: nothing yet. */
  sequenceNumber: v.exactOptional(v.string()),
  /** The shard is closed and wholly answered: its children may start. */
  finished: v.boolean(),
});
const checkpointFile = v.object({ streamArn: v.string(), shards: v.record(v.string(), shardCheckpoint) });

/** How far a shard is answered. */
export type ShardCheckpoint = Readonly<v.InferOutput<typeof shardCheckpoint>>;
export type Checkpoints = Readonly<Record<string, ShardCheckpoint>>;

/** Kept across restarts. What was delivered after the last save is delivered again. */
export interface CheckpointStore {
  load(streamArn: string): Promise<Checkpoints>;
  /** All or nothing, also when the process is killed in the middle. */
  save(streamArn: string, checkpoints: Checkpoints): Promise<void>;
}

/**
 * Checkpoints in one JSON file of the run's directory, which is made when it is absent. The file is written
 * beside and renamed, so that a killed process leaves the old ones or the new ones. Those of another stream
 * count as absent.
 * @throws from `load` when the file cannot be read as checkpoints
 */
export function openCheckpointFile({ directory }: { readonly directory: string }): CheckpointStore {
  const path = join(directory, 'pipe-checkpoints.json');
  return {
    load: async (streamArn) => {
      const text = await readIfThere(path);
      if (text === undefined) return {};
      const file = parseFile(text, path);
      return file.streamArn === streamArn ? file.shards : {};
    },
    save: async (streamArn, shards) => {
      await mkdir(directory, { recursive: true });
      const beside = `${path}.new`;
      const handle = await open(beside, 'w');
      try {
        await handle.writeFile(JSON.stringify({ streamArn, shards }));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(beside, path);
    },
  };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // Not instanceof: under Jest the error is one of another realm.
    if (isObject(error) && error['code'] === 'ENOENT') return undefined;
    throw error;
  }
}

function parseFile(text: string, path: string): v.InferOutput<typeof checkpointFile> {
  try {
    return v.parse(checkpointFile, JSON.parse(text));
  } catch (cause) {
    throw new Error(
      `${path} does not hold checkpoints of a pipe: delete it, and the pipe begins with the whole stream`,
      { cause },
    );
  }
}
