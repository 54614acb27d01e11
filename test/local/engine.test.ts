import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findEmbeddedBinary } from '../../infra/local/emulator/engine/embedded-engine.ts';
import { selectEngine, startEngine } from '../../infra/local/emulator/engine/start-engine.ts';
import { itKeepsTheEngineContract } from './engine-contract.ts';
import { endRuns, engineProcess, openTable, spawnRun } from './engine-runs.ts';

describe('embedded engine', () => {
  itKeepsTheEngineContract('embedded');
});

describe('embedded engine alone', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'engine-'));
  });
  afterEach(async () => {
    await endRuns();
    await rm(directory, { recursive: true });
  });

  it('finds the highest sequence number by an index, not by reading the stream', async () => {
    const engine = await startEngine({ engine: 'embedded', directory });
    const table = openTable(engine.endpoint);
    await table.create();
    await engine.afterTablesCreated();
    await engine.afterTablesCreated();
    await table.put('one');
    table.close();
    await engine.stop();

    const database = new DatabaseSync(join(directory, 'dynamodb.sqlite'), { readOnly: true });
    // The engine's own query, copied from its binary.
    const query =
      'SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 ' +
      'FROM _stream_records WHERE table_name = ?1';
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${query}`).all('Marks');
    const journal = database.prepare('PRAGMA journal_mode').get();
    database.close();
    expect(plan).toMatchObject([
      { detail: expect.stringMatching(/USING (COVERING )?INDEX stream_records_by_sequence_number/) },
    ]);
    expect(journal).toMatchObject({ journal_mode: 'wal' });
  });

  it('takes over the directory of a killed run at once', async () => {
    const run = await spawnRun(directory, 'embedded');
    const orphan = engineProcess(directory);
    run.process.kill('SIGKILL');
    await once(run.process, 'exit');
    const next = await startEngine({ engine: 'embedded', directory });
    expect(engineProcess(directory).pid).not.toBe(orphan.pid);
    await next.stop();
  });

  it('refuses a directory that another process or this one uses', async () => {
    const run = await spawnRun(directory, 'embedded');
    const refusal = `The directory ${directory} is in use by another run (process ${run.process.pid}).`;
    await expect(startEngine({ engine: 'embedded', directory })).rejects.toThrow(refusal);
    run.process.kill('SIGINT');
    await once(run.process, 'exit');

    const own = await startEngine({ engine: 'embedded', directory });
    await expect(startEngine({ engine: 'embedded', directory })).rejects.toThrow('is in use by another run');
    await own.stop();
  });

  it('runs beside another in another directory', async () => {
    const [one, two] = await Promise.all([
      startEngine({ engine: 'embedded', directory: join(directory, 'one') }),
      startEngine({ engine: 'embedded', directory: join(directory, 'two') }),
    ]);
    expect(one.endpoint).not.toBe(two.endpoint);
    await Promise.all([one.stop(), two.stop()]);
  });

  it('repeats the engine’s message when it cannot open its database, and frees the directory', async () => {
    await writeFile(join(directory, 'dynamodb.sqlite'), 'no database at all'.repeat(100));
    const attempt = startEngine({ engine: 'embedded', directory });
    await expect(attempt).rejects.toThrow(
      /did not start on .*dynamodb\.sqlite \(exit status \d+\): .*database/s,
    );
    await rm(join(directory, 'dynamodb.sqlite'));
    const engine = await startEngine({ engine: 'embedded', directory });
    await engine.stop();
  });

  it('says that a directory cannot be created', async () => {
    await writeFile(join(directory, 'file'), '');
    const attempt = startEngine({ directory: join(directory, 'file', 'below') });
    await expect(attempt).rejects.toThrow('Cannot create the database directory');
  });
});

describe('external endpoint', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'engine-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('accepts any endpoint that answers', async () => {
    const server = createServer((_, response) => response.writeHead(400).end());
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const endpoint = `http://127.0.0.1:${address.port}`;
    const engine = await startEngine({ endpoint, directory });
    expect(engine).toMatchObject({ name: 'external', endpoint });
    await engine.afterTablesCreated();
    await engine.stop();
    server.closeAllConnections();
    server.close();
    await expect(startEngine({ endpoint, directory })).rejects.toThrow(
      `Nothing answers at the endpoint ${endpoint}`,
    );
  });

  it('refuses a text that is not a URL', async () => {
    for (const endpoint of ['localhost:8000', 'file:///tmp', '']) {
      await expect(startEngine({ endpoint, directory })).rejects.toThrow('is not an http or https URL');
    }
  });
});

describe('choice of the engine', () => {
  const lines: string[] = [];
  const select = (options: {
    platform?: string;
    wanted?: 'embedded' | 'dynamodb-local';
    hasEmbedded?: boolean;
    missing?: string;
  }) =>
    selectEngine(
      { wanted: options.wanted, say: (line) => lines.push(line) },
      {
        platform: options.platform ?? 'darwin-arm64',
        hasEmbedded: () => options.hasEmbedded ?? false,
        missingForDynamoDbLocal: async () => options.missing,
      },
    );
  beforeEach(() => {
    lines.length = 0;
  });

  it('is the embedded engine on a platform with a build, without a message', async () => {
    expect(await select({ hasEmbedded: true, missing: 'no Java' })).toBe('embedded');
    expect(await select({ hasEmbedded: true, wanted: 'embedded' })).toBe('embedded');
    expect(lines).toEqual([]);
  });

  it('is DynamoDB Local, with a one-line message, where the embedded engine has no build', async () => {
    expect(await select({})).toBe('dynamodb-local');
    expect(lines).toEqual([
      expect.stringMatching(
        /^The embedded engine has no build .*darwin-arm64.*linux-x64: using DynamoDB Local instead\.$/,
      ),
    ]);
  });

  it('is DynamoDB Local on request, without a message', async () => {
    expect(await select({ wanted: 'dynamodb-local', hasEmbedded: true })).toBe('dynamodb-local');
    expect(lines).toEqual([]);
  });

  it('names the platform and what to install when no engine, or not the requested one, can run', async () => {
    const missing = 'it needs Maven: install it (apt-get install maven)';
    await expect(select({ missing })).rejects.toThrow(/no build for this platform .*apt-get install maven/);
    await expect(select({ missing, wanted: 'dynamodb-local' })).rejects.toThrow(/apt-get install maven/);
    await expect(select({ missing, wanted: 'embedded' })).rejects.toThrow(
      /no build for this platform \(darwin-arm64\).*apt-get install maven/,
    );
    await expect(select({ wanted: 'embedded' })).rejects.toThrow(/darwin-arm64.*--engine dynamodb-local/);
  });

  it('says how to install an embedded engine that has a build but is not installed', async () => {
    const missing = 'it needs Maven';
    const onLinux = { platform: 'linux-x64', missing };
    for (const wanted of [undefined, 'embedded'] as const) {
      await expect(select({ ...onLinux, ...(wanted && { wanted }) })).rejects.toThrow(
        /not installed \(npm install --no-save @dynoxide\/linux-x64@1\.2\.1\)\. .*needs Maven/,
      );
    }
  });

  it('finds no binary for a platform that has no package', () => {
    expect(findEmbeddedBinary('@dynoxide/none-none')).toBeUndefined();
    expect(findEmbeddedBinary()).toMatch(/dynoxide$/);
  });
});
