/**
 * `npm run bench:api [-- --batching-window SECONDS]`: how long it takes until the ranking shows a mark that
 * was made through the API, beside a background load, on the embedded engine. All requests use HTTP: `PUT` a
 * favourite, then `GET` the ranking until it shows the count. CI does not run it, because its times depend on
 * the machine.
 */
import '../../infra/local/require-node.ts';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createLoadGenerator } from '../../infra/local/console/load-generator.ts';
import { apiServerOptions, serveApi } from '../../infra/local/emulator/http-api/serve.ts';
import { startLocalRun, type LocalRun } from '../../infra/local/local-run.ts';
import { Gate } from '../../infra/local/replay/pace.ts';
import { replaySettings } from '../../infra/local/replay/replay-settings.ts';
import { writeEvents } from '../support/write-events.ts';

const SAMPLES = 300;
/** Time between two marks. */
const MARK_EVERY_MS = 200;
/** Pause between an answer of the ranking and the next request. */
const POLL_PAUSE_MS = 25;
const LOAD_RATE = 200;
/** Number of restaurants that are marked. Each starts with more favourites than the load gives any other. */
const PROBES = 5;
const PROBE_FAVOURITES = 3_000;
/** With the window that is deployed, and without one. */
const PROMISED_MS = 2_000;
const PROMISED_WITHOUT_WINDOW_MS = 800;
/** Longer than the time budget of any batch. */
const GIVE_UP_MS = 60_000;

interface Mark {
  readonly restaurantId: string;
  /** The count that the ranking shows once this mark is counted. */
  readonly count: number;
  readonly startedAtMs: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'batching-window': { type: 'string', default: '1' } } });
  const windowSeconds = Number(values['batching-window']);
  if (!Number.isInteger(windowSeconds) || windowSeconds < 0 || windowSeconds > 300) {
    throw new Error('--batching-window must be whole seconds from 0 to 300');
  }
  const promisedMs =
    windowSeconds === 0 ? PROMISED_WITHOUT_WINDOW_MS : PROMISED_MS + windowSeconds * 1_000 - 1_000;
  await using stack = new AsyncDisposableStack();
  const base = replaySettings();
  const pipe = { ...base.pipe, maximumBatchingWindowSeconds: windowSeconds };
  const run = await startLocalRun({ settings: { ...base, pipe }, seed: 1 });
  stack.defer(() => run.stop());
  const url = await serve(run, stack);
  await seed(run);
  const load = createLoadGenerator(run, { seed: 1, gate: new Gate(), onWritten: () => {} });
  stack.defer(() => load.stop());
  // The first requests load code, which is not measured.
  await readTop(url);
  load.set({ rate: LOAD_RATE, skew: 1 });
  const startedAtMs = performance.now();
  const measured = await measure(url);
  const seconds = (performance.now() - startedAtMs) / 1000;

  const rate = load.state().written / seconds;
  const report = [
    `${SAMPLES} marks through the API beside ${rate.toFixed(0)} events a second, in ${seconds.toFixed(0)} s`,
    line('from the mark to the ranking', measured.visibleMs),
    line('PUT of a favourite', measured.putMs),
    line('GET of the ranking, 5 rows of 10 shards', measured.getMs),
    `promised: within ${promisedMs} ms`,
  ];
  process.stdout.write(`${report.join('\n')}\n`);
  process.exitCode = percentile(measured.visibleMs, 0.99) <= promisedMs ? 0 : 1;
}

async function serve(run: LocalRun, stack: AsyncDisposableStack): Promise<string> {
  const server = createServer(apiServerOptions, (request, response) => {
    void serveApi(run.api, request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function seed(run: LocalRun): Promise<void> {
  const createdAt = new Date().toISOString();
  const events = Array.from({ length: PROBES * PROBE_FAVOURITES }, (_, i) => ({
    kind: 'mark' as const,
    restaurantId: probe(i),
    userId: `before-${i}`,
    createdAt,
  }));
  await writeEvents(run, events);
  await run.pipe.drain();
}

/**
 * Marks at a steady pace, whatever the ranking shows, and reads the ranking until it has shown every mark.
 */
async function measure(url: string) {
  const visibleMs: number[] = [];
  const putMs: number[] = [];
  const getMs: number[] = [];
  let unseen: readonly Mark[] = [];

  const marking = (async (): Promise<void> => {
    for (let i = 0; i < SAMPLES; i += 1) {
      const startedAtMs = performance.now();
      const restaurantId = probe(i);
      const count = PROBE_FAVOURITES + Math.floor(i / PROBES) + 1;
      unseen = [...unseen, { restaurantId, count, startedAtMs }];
      const response = await fetch(`${url}/users/bench-${i}/favourites/${restaurantId}`, { method: 'PUT' });
      if (response.status !== 201) throw new Error(`A mark was answered by ${response.status}`);
      putMs.push(performance.now() - startedAtMs);
      await delay(Math.max(0, MARK_EVERY_MS - (performance.now() - startedAtMs)));
    }
  })();
  const watching = (async (): Promise<void> => {
    const startedAtMs = performance.now();
    const allMs = SAMPLES * MARK_EVERY_MS + GIVE_UP_MS;
    while (visibleMs.length < SAMPLES) {
      const askedAtMs = performance.now();
      if (askedAtMs - startedAtMs > allMs) {
        throw new Error(`After ${allMs / 1000} s the ranking showed ${visibleMs.length} of ${SAMPLES} marks`);
      }
      const counts = await readTop(url);
      const nowMs = performance.now();
      getMs.push(nowMs - askedAtMs);
      const isSeen = (mark: Mark): boolean => (counts.get(mark.restaurantId) ?? 0) >= mark.count;
      visibleMs.push(...unseen.filter(isSeen).map((mark) => nowMs - mark.startedAtMs));
      unseen = unseen.filter((mark) => !isSeen(mark));
      await delay(POLL_PAUSE_MS);
    }
  })();
  await Promise.all([marking, watching]);
  return { visibleMs, putMs, getMs };
}

async function readTop(url: string): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${url}/restaurants?window=ALL_TIME&limit=${PROBES}`);
  const { restaurants } = (await response.json()) as {
    readonly restaurants: readonly { readonly restaurant_id: string; readonly favourite_count: number }[];
  };
  return new Map(restaurants.map((row) => [row.restaurant_id, row.favourite_count]));
}

function probe(i: number): string {
  return `probe-${i % PROBES}`;
}

function line(name: string, ms: readonly number[]): string {
  const [p50, p99] = [percentile(ms, 0.5), percentile(ms, 0.99)];
  return `${name}: p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, max ${Math.max(...ms).toFixed(0)} ms`;
}

/** By the nearest-rank method. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

await main();
// The engine and the workers have stopped; do not wait for keep-alive connections of clients.
process.exit();
