import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkpoints, CheckpointStore } from './checkpoint-store.ts';

/**
 * Checkpoints in one JSON file of the run's directory, which is made when it is absent. Written beside and renamed, so that
 * a process that is killed leaves the old ones or the new ones. Those of another stream count as none.
 * @throws from `load` when the file is there and cannot be read as checkpoints
 */
export function openCheckpointFile(options: {
  readonly directory: string;
  readonly fileName?: string;
}): CheckpointStore {
  const path = join(options.directory, options.fileName ?? 'pipe-checkpoints.json');
  return {
    load: async (streamArn) => {
      const text = await readIfThere(path);
      if (text === undefined) return {};
      const file = parseFile(text, path);
      return file.streamArn === streamArn ? file.shards : {};
    },
    save: async (streamArn, shards) => {
      await mkdir(options.directory, { recursive: true });
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
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT')
      return undefined;
    throw error;
  }
}

function parseFile(text: string, path: string): { readonly streamArn: string; readonly shards: Checkpoints } {
  const unreadable = (cause?: unknown): Error =>
    new Error(
      `${path} does not hold checkpoints of a pipe: delete it, and the pipe delivers its stream from the beginning (which is harmless)`,
      { cause },
    );
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw unreadable(error);
  }
  if (!isObject(file) || typeof file['streamArn'] !== 'string' || !isObject(file['shards']))
    throw unreadable();
  for (const shard of Object.values(file['shards'])) {
    if (!isObject(shard) || typeof shard['finished'] !== 'boolean') throw unreadable();
    if (!['string', 'undefined'].includes(typeof shard['sequenceNumber'])) throw unreadable();
  }
  return { streamArn: file['streamArn'], shards: file['shards'] as Checkpoints };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
