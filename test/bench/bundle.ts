/**
 * `npm run bench:bundle -- --old HEAD~1 [--new PATH]`: two bundles of the aggregator in one run, alternating.
 * Each is an index.js or a git revision, and the new one by default the work tree. Prints the median CPU of a
 * warm batch of 100 records against a stub of DynamoDB, the median time to load, and the sizes. Each bundle,
 * and the stub, is a process of its own.
 */
import '../../infra/local/require-node.ts';
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { bundleHandler } from '../../infra/bundle-handler.ts';
import { markRecord } from '../support/stream-records.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const root = join(import.meta.dirname, '../..');

const RECORDS = 100;
const RESTAURANTS = 40;
/** Until V8 has optimized the hot code: the CPU of a batch still falls after 100 batches. */
const WARM_UP_BATCHES = 250;
const BATCHES = 200;
const LOADS = 25;

interface Measured {
  readonly cpuMs: number;
  readonly failed: number;
}

/** Answers every transaction as DynamoDB does after a commit. */
async function serveStub(): Promise<void> {
  const answer = JSON.stringify({
    ConsumedCapacity: [
      { TableName: 'registers', CapacityUnits: 200 },
      { TableName: 'counts', CapacityUnits: 300 },
    ],
  });
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send?.((server.address() as AddressInfo).port);
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message')) as [T];
  return message;
}

function startBundle(path: string, port: number): ChildProcess {
  const endpoint = `http://127.0.0.1:${port}`;
  return fork(join(import.meta.dirname, 'bundle-child.cjs'), [path], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      COUNTED_FAVOURITES_TABLE: 'registers',
      AGGREGATED_FAVOURITES_TABLE: 'counts',
      DEAD_LETTER_QUEUE_URL: `${endpoint}/queue`,
      TIME_WINDOWS: 'MONTH:forever,DAY:forever',
      RANKING_SHARDS: '10',
      COMMIT_CONCURRENCY: '4',
      POWERTOOLS_SERVICE_NAME: 'aggregator',
      POWERTOOLS_METRICS_NAMESPACE: 'Bench',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL: endpoint,
    },
  });
}

/** The marks of one batch; the first restaurants are the most popular. */
function batchOf(number: number) {
  return Array.from({ length: RECORDS }, (_, index) =>
    markRecord({
      restaurantId: `restaurant-${Math.floor(RESTAURANTS * (index / RECORDS) ** 2)}`,
      userId: `user-${number}-${index}`,
      sequenceNumber: number * RECORDS + index + 1,
    }),
  );
}

async function measureLoads(paths: readonly string[], port: number): Promise<readonly number[][]> {
  const loads: number[][] = paths.map(() => []);
  for (let turn = 0; turn < LOADS; turn += 1) {
    for (const [index, path] of paths.entries()) {
      const child = startBundle(path, port);
      const { loadMs } = await answerOf<{ readonly loadMs: number }>(child);
      loads[index]?.push(loadMs);
      child.kill();
    }
  }
  return loads;
}

async function measureBatches(paths: readonly string[], port: number): Promise<readonly number[][]> {
  const children = paths.map((path) => startBundle(path, port));
  await Promise.all(children.map((child) => answerOf(child)));
  const cpu: number[][] = paths.map(() => []);
  for (let number = 0; number < WARM_UP_BATCHES + BATCHES; number += 1) {
    // Alternate the order, so that neither bundle always runs second.
    const turns = number % 2 === 0 ? [...children.entries()] : [...children.entries()].toReversed();
    for (const [index, child] of turns) {
      const answer = answerOf<Measured>(child);
      child.send(batchOf(number));
      const { cpuMs, failed } = await answer;
      if (failed > 0) throw new Error(`${paths[index]} failed ${failed} records, but the stub accepts all`);
      if (number >= WARM_UP_BATCHES) cpu[index]?.push(cpuMs);
    }
  }
  for (const child of children) child.kill();
  return cpu;
}

async function bundleOf(source: string, outdir: string): Promise<string> {
  if (existsSync(source)) return resolve(source);
  if (source.endsWith('.js')) throw new Error(`${source} does not exist: give a bundle or a git revision`);
  const checkout = `${outdir}-checkout`;
  mkdirSync(checkout);
  const archive = execFileSync('git', ['archive', source, 'src', 'infra'], { cwd: root, maxBuffer: 2 ** 28 });
  execFileSync('tar', ['-x', '-C', checkout], { input: archive });
  writeFileSync(join(checkout, 'package.json'), '{"type":"module"}');
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
  return bundleCheckout(checkout, outdir);
}

/** Uses the bundler of the checkout itself. */
async function bundleCheckout(checkout: string, outdir: string): Promise<string> {
  const bundler = (await import(join(checkout, 'infra/bundle-handler.ts'))) as {
    readonly bundleHandler: typeof bundleHandler;
  };
  const entry = join(checkout, 'src/aggregator/handler.ts');
  return join(bundler.bundleHandler({ entry, outdir }), 'index.js');
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { old: { type: 'string' }, new: { type: 'string' } } });
  if (values.old === undefined) {
    process.stderr.write(
      '--old is missing: give a git revision, or the path of an index.js that `cdk synth` wrote\n',
    );
    process.exitCode = 1;
    return;
  }
  using directory = temporaryDirectory();
  const paths = [
    await bundleOf(values.old, join(directory.path, 'old')),
    values.new === undefined
      ? await bundleCheckout(root, join(directory.path, 'new'))
      : await bundleOf(values.new, join(directory.path, 'new')),
  ];

  const stub = fork(import.meta.filename, ['--stub'], { execArgv: process.execArgv });
  const port = await answerOf<number>(stub);
  const loads = await measureLoads(paths, port);
  const cpu = await measureBatches(paths, port);
  stub.kill();

  const rows = paths.map((path, index) => ({
    bytes: statSync(path).size,
    loadMs: median(loads[index] ?? []),
    cpuMsOfABatch: median(cpu[index] ?? []),
  }));
  console.table({ old: rows[0], new: rows[1] });
  const ratio = (rows[1]?.cpuMsOfABatch ?? Number.NaN) / (rows[0]?.cpuMsOfABatch ?? Number.NaN);
  console.log(`CPU of a warm batch of ${RECORDS}, new over old: ${ratio.toFixed(2)} (medians of ${BATCHES})`);
}

await (process.argv.includes('--stub') ? serveStub() : main());
