import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { isObject } from '../json.ts';

const shardCheckpoint = v.object({
  /** Every record up to this one is answered. Absent until the first record is answered. */
  sequenceNumber: v.exactOptional(v.string()),
  /** True when the shard is closed and every record is answered. Its child shards may then start. */
  finished: v.boolean(),
});
const checkpointFile = v.object({ streamArn: v.string(), shards: v.record(v.string(), shardCheckpoint) });

/** How far a shard has been processed. */
export type ShardCheckpoint = Readonly<v.InferOutput<typeof shardCheckpoint>>;
export type Checkpoints = Readonly<Record<string, ShardCheckpoint>>;

/**
 * Keeps checkpoints across restarts. After a restart, records answered since the last save are redelivered.
 */
export interface CheckpointStore {
  load(streamArn: string): Promise<Checkpoints>;
  /** Atomic, even if the process is killed while it saves. */
  save(streamArn: string, checkpoints: Checkpoints): Promise<void>;
}

/**
 * The checkpoints of one pipe, in a JSON file in the run's directory, which `save` creates if needed. `save`
 * writes a new file and renames it, so that a killed process leaves the old checkpoints or the new ones.
 * `load` ignores the checkpoints of another stream.
 * @throws from `load` when the file does not contain checkpoints
 */
export function openCheckpointFile(options: {
  readonly directory: string;
  readonly pipeArn: string;
}): CheckpointStore {
  const { directory, pipeArn } = options;
  // arn:aws:pipes:REGION:ACCOUNT:pipe/NAME
  const path = join(directory, `pipe-checkpoints-${pipeArn.slice(pipeArn.lastIndexOf('/') + 1)}.json`);
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
    // `instanceof` fails under Jest, where Node's errors come from another realm.
    if (isObject(error) && error['code'] === 'ENOENT') return undefined;
    throw error;
  }
}

function parseFile(text: string, path: string): v.InferOutput<typeof checkpointFile> {
  try {
    return v.parse(checkpointFile, JSON.parse(text));
  } catch (cause) {
    throw new Error(
      `${path} does not contain checkpoints of a pipe: delete it to start from the beginning of the stream`,
      { cause },
    );
  }
}
