import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openCheckpointFile } from '../../infra/local/emulator/pipe/checkpoints.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const pipeArn = 'arn:aws:pipes:us-east-1:000000000000:pipe/Copy';
const shards = { 'shard-1': { sequenceNumber: '100', finished: true }, 'shard-2': { finished: false } };

describe('the checkpoint file', () => {
  it('returns the checkpoints saved last, even to another process', async () => {
    using directory = temporaryDirectory();
    const store = openCheckpointFile({ directory: join(directory.path, 'run'), pipeArn });
    await store.save('arn:a', {});
    await store.save('arn:a', shards);
    expect(
      await openCheckpointFile({ directory: join(directory.path, 'run'), pipeArn }).load('arn:a'),
    ).toEqual(shards);
    expect(readdirSync(join(directory.path, 'run'))).toEqual(['pipe-checkpoints-Copy.json']);
  });

  it('has no checkpoints at first, and none for another stream', async () => {
    using directory = temporaryDirectory();
    const store = openCheckpointFile({ directory: directory.path, pipeArn });
    expect(await store.load('arn:a')).toEqual({});
    await store.save('arn:a', shards);
    expect(await store.load('arn:b')).toEqual({});
  });

  it('is another one for each pipe, also if they read the same stream', async () => {
    using directory = temporaryDirectory();
    const [one, other] = [pipeArn, `${pipeArn}2`].map((arn) =>
      openCheckpointFile({ directory: directory.path, pipeArn: arn }),
    );
    await one?.save('arn:a', shards);
    expect(await other?.load('arn:a')).toEqual({});
    await other?.save('arn:a', {});
    expect(await one?.load('arn:a')).toEqual(shards);
  });

  it('never exposes a partly written file', async () => {
    using directory = temporaryDirectory();
    const store = openCheckpointFile({ directory: directory.path, pipeArn });
    await store.save('arn:a', shards);
    const path = join(directory.path, 'pipe-checkpoints-Copy.json');
    writeFileSync(`${path}.new`, '{"streamArn":"arn:a","sha');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ streamArn: 'arn:a', shards });
    expect(await store.load('arn:a')).toEqual(shards);
  });

  it.each([
    '',
    '{"streamArn":"arn:a"}',
    '{"streamArn":"arn:a","shards":{"s":{"sequenceNumber":7,"finished":true}}}',
    'null',
  ])('refuses %p, naming the file and the remedy', async (text) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'pipe-checkpoints-Copy.json');
    writeFileSync(path, text);
    await expect(openCheckpointFile({ directory: directory.path, pipeArn }).load('arn:a')).rejects.toThrow(
      `${path} does not contain checkpoints of a pipe: delete it`,
    );
  });
});
