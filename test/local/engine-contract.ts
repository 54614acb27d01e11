// Tests that every engine must pass.

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { EngineName } from '../../infra/local/emulator/engine/engine.ts';
import { startEngine } from '../../infra/local/emulator/engine/start-engine.ts';
import { endRuns, engineProcess, openTable, spawnRun, waitUntilGone } from './engine-runs.ts';

export function itKeepsTheEngineContract(engine: EngineName): void {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'engine-'));
  });
  afterEach(async () => {
    await endRuns();
    await rm(directory, { recursive: true });
  });

  it('keeps tables, the stream and its sequence numbers across a restart', async () => {
    const first = await startEngine({ engine, directory });
    const before = openTable(first.endpoint);
    await before.create();
    await first.afterTablesCreated();
    await before.put('one');
    await before.put('two');
    const arn = await before.streamArn();
    before.close();
    await first.stop();

    const second = await startEngine({ engine, directory });
    const after = openTable(second.endpoint);
    await second.afterTablesCreated();
    await after.put('three');
    const records = await after.records();
    after.close();
    const arnAfter = await after.streamArn();
    await second.stop();

    expect(arnAfter).toBe(arn);
    expect(records.map(([, id]) => id)).toEqual(['one', 'two', 'three']);
    expect(records.map(([position]) => position)).toEqual(
      records.map(([position]) => position).toSorted(compare),
    );
    expect(new Set(records.map(([position]) => position)).size).toBe(3);
  });

  it('ends when its run is killed, and the next run finds every acknowledged write', async () => {
    const run = await spawnRun(directory, engine);
    const identity = engineProcess(directory);
    const table = openTable(run.endpoint);
    await table.create();
    const answered: string[] = [];
    const writing = (async () => {
      for (let n = 0; ; n += 1) {
        await table.put(`item-${n}`);
        answered.push(`item-${n}`);
        if (n === 20) run.process.kill('SIGKILL');
      }
    })().catch((error: unknown) => error);
    await once(run.process, 'exit');
    await waitUntilGone(identity);
    await writing;
    table.close();

    const next = await startEngine({ engine, directory });
    const after = openTable(next.endpoint);
    const ids = (await after.records()).map(([, id]) => id);
    after.close();
    await next.stop();
    expect(ids.slice(0, answered.length)).toEqual(answered);
  });

  it('listens only on 127.0.0.1, and leaves no process behind when it is stopped', async () => {
    const started = await startEngine({ engine, directory });
    const { hostname, port } = new URL(started.endpoint);
    expect(hostname).toBe('127.0.0.1');
    // An engine that listens on all interfaces would also use this port of 127.0.0.2.
    const neighbour = createServer();
    await once(neighbour.listen(Number(port), '127.0.0.2'), 'listening');
    neighbour.close();

    const identity = engineProcess(directory);
    await Promise.all([started.stop(), started.stop()]);
    expect(await Promise.race([started.died, Promise.resolve('silent')])).toBe('silent');
    await waitUntilGone(identity);
  });

  it('reports an engine that dies by itself', async () => {
    const started = await startEngine({ engine, directory });
    process.kill(engineProcess(directory).pid, 'SIGKILL');
    const error = await started.died;
    expect(error.message).toMatch(/ended unexpectedly \(signal SIGKILL\)/);
    await started.stop();
  });
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}
