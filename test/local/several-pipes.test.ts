import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFaultPlan } from '../../infra/local/emulator/faults/fault-plan.ts';
import { runStack, type StackRun } from '../../infra/local/emulator/run-stack.ts';
import { output } from '../../infra/local/emulator/stack/parts.ts';
import { writePipelines } from '../support/pipelines.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const names = ['First', 'Second'] as const;
type Name = (typeof names)[number];

describe('a stack with two pipes', () => {
  const runs: StackRun[] = [];
  afterEach(async () => {
    for (const run of runs.splice(0)) await run.stop();
  });
  const start = async (options: Partial<Parameters<typeof runStack>[0]> = {}): Promise<StackRun> => {
    const synthesize = (outdir: string) => writePipelines(outdir, names);
    const run = await runStack({ synthesize, ...options });
    runs.push(run);
    return run;
  };
  const pipeOf = ({ pipes }: StackRun, name: Name) =>
    pipes.find(({ settings }) => settings.pipeArn.endsWith(`:pipe/Other-${name}Pipe`));
  const write = async (run: StackRun, name: Name, ids: readonly string[]): Promise<void> => {
    const TableName = output(run.stack, `${name}TableName`);
    for (const id of ids) await run.dynamoDb.send(new PutItemCommand({ TableName, Item: { id: { S: id } } }));
  };
  const readBy = async (run: StackRun, name: Name): Promise<number | undefined> => {
    await pipeOf(run, name)?.drain();
    return pipeOf(run, name)?.counters.recordsRead;
  };

  it('delivers the records of each table through its own pipe', async () => {
    const run = await start();
    await Promise.all([write(run, 'First', ['1', '2', '3']), write(run, 'Second', ['1'])]);
    expect([await readBy(run, 'First'), await readBy(run, 'Second')]).toEqual([3, 1]);
  });

  it('continues each from its own checkpoints in the next run', async () => {
    using directory = temporaryDirectory();
    const first = await start({ directory: directory.path });
    await Promise.all([write(first, 'First', ['1', '2', '3']), write(first, 'Second', ['1', '2'])]);
    for (const name of names) await readBy(first, name);
    await first.stop();

    const second = await start({ directory: directory.path });
    await write(second, 'Second', ['3']);
    expect([await readBy(second, 'First'), await readBy(second, 'Second')]).toEqual([0, 1]);
  });

  it('starts one after its table was filled, and the other from the beginning', async () => {
    const run = await start({ arePipesOff: true });
    for (const name of names) await write(run, name, ['1', '2']);
    await pipeOf(run, 'First')?.startAtEnd();
    pipeOf(run, 'Second')?.start();
    for (const name of names) await write(run, name, ['3']);
    expect([await readBy(run, 'First'), await readBy(run, 'Second')]).toEqual([1, 3]);
  });

  it('injects its own faults into each', async () => {
    const faults = createFaultPlan({ probabilities: { vanish: 1 }, seed: 1 });
    const run = await start({
      pipeOptions: ({ pipeArn }) => (pipeArn.includes('Second') ? { faults } : {}),
    });
    for (const name of names) await write(run, name, ['1', '2']);
    for (const name of names) await readBy(run, name);
    expect(names.map((name) => pipeOf(run, name)?.counters.recordsAnswered)).toEqual([2, 0]);
    expect(faults.counts.vanish).toBe(2);
  });

  it('fails when either of them fails', async () => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, 'pipe-checkpoints-Other-SecondPipe.json'), 'not JSON');
    const run = await start({ directory: directory.path });
    expect((await run.failed).message).toMatch(/Other-SecondPipe.*does not contain checkpoints/);
  });
});
