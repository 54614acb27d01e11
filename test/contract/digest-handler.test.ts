/** The real handlers of digest and heal with a real SDK client, against the embedded engine. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DeleteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { findEmbeddedBinary } from '../../infra/local/emulator/engine/embedded-engine.ts';
import { EMPTY_POSITION, OPENED_POSITION } from '../../src/counting/stream-position.ts';
import type { handler as digestHandler } from '../../src/reconcile/digest/handler.ts';
import type { handler as healHandler } from '../../src/reconcile/heal/handler.ts';
import type {
  CompareInput,
  Comparison,
  Digest,
  ReconcileMode,
  ScannedTable,
  SegmentStep,
  SumInput,
  SumStep,
} from '../../src/reconcile/run.ts';
import { noTotals } from '../../src/reconcile/totals.ts';
import type { CapturedOutput } from '../support/captured-output.ts';
import { recreateTables } from '../support/engine-tables.ts';
import { position } from '../support/favourite-changes.ts';
import { contextWith, type HandlerEngine, type Item, startHandlerEngine } from '../support/handler-engine.ts';

const describeWithEngine = findEmbeddedBinary() === undefined ? describe.skip : describe;
const USER = 'user-4711-secret';
const AUGUST = '2022-08-01T12:00:00Z';
const SEPTEMBER = '2022-09-01T12:00:00Z';
const DAY_SECONDS = 86_400;
const SEGMENTS = 2;
/** They fill more than two pages of 1 MB. */
const LARGE_ROWS = 300;
const LARGE_BYTES = 8_000;
const tables = {
  Favourites: ['restaurant_id_user_id'],
  Registers: ['restaurant_id', 'user_id'],
  Counts: ['restaurant_id', 'time_window'],
  Leases: ['lease'],
} as const;
const scannedTables = ['favourites', 'countedFavourites'] satisfies readonly ScannedTable[];

describeWithEngine('the digest handler on the embedded engine', () => {
  let engine: HandlerEngine;
  let client: DynamoDBClient;
  let output: CapturedOutput;
  let handler: typeof digestHandler;
  let heal: typeof healHandler;

  beforeAll(async () => {
    engine = await startHandlerEngine({
      FAVOURITES_TABLE: 'Favourites',
      COUNTED_FAVOURITES_TABLE: 'Registers',
      AGGREGATED_FAVOURITES_TABLE: 'Counts',
      RECONCILE_LEASE_TABLE: 'Leases',
      TIME_WINDOWS: 'MONTH:forever',
      RANKING_SHARDS: '10',
      COMMIT_CONCURRENCY: '4',
      RECONCILE_SEED_UNITS_PER_SECOND: '1000000',
      POWERTOOLS_SERVICE_NAME: 'reconcile-digest',
    });
    ({ client, output } = engine);
    ({ handler } = await import('../../src/reconcile/digest/handler.ts'));
    ({ handler: heal } = await import('../../src/reconcile/heal/handler.ts'));
  });
  beforeEach(async () => {
    output.reset();
    await recreateTables(client, tables);
  });
  afterAll(() => engine.stop());

  const put = async (tableName: keyof typeof tables, items: readonly Item[]) => engine.put(tableName, items);
  const scan = async (tableName: keyof typeof tables) => engine.scan(tableName);

  /** The items of the lease table with the sums of one name, in order. */
  const partsOf = async (name: string) =>
    (await scan('Leases'))
      .filter((item) => item['lease']?.S?.startsWith(`digest#${name}#`))
      .toSorted((a, b) => (a['lease']?.S ?? '').localeCompare(b['lease']?.S ?? ''));
  const bytesOf = async (name: string) =>
    Buffer.concat((await partsOf(name)).map((item) => item['sums']?.B ?? new Uint8Array()));
  const removePart = (name: string, part: number) =>
    client.send(
      new DeleteItemCommand({ TableName: 'Leases', Key: { lease: { S: `digest#${name}#${part}` } } }),
    );
  /** The state machine passes every payload on as JSON. */
  const passedOn = <T>(payload: T): T => JSON.parse(JSON.stringify(payload)) as T;
  const sum = async (input: SumInput, remainingMs = 30_000) =>
    passedOn(await handler(input, contextWith('digest', remainingMs))) as SumStep;
  const compare = async (input: CompareInput) =>
    passedOn(await handler(input, contextWith('digest', 30_000))) as Comparison;

  async function summed(digest: Digest): Promise<readonly SumStep[]> {
    const segments: SumStep[] = [];
    for (const table of scannedTables) {
      for (let segment = 0; segment < SEGMENTS; segment += 1) {
        segments.push(await sum(firstStep(digest, { table, segment, totalSegments: SEGMENTS })));
      }
    }
    return segments;
  }

  async function compared(key = 'key'): Promise<Comparison> {
    const digest = digestOf(2 ** 12, key);
    return compare({ run: runOf('repair'), compared: { digest }, segments: await summed(digest) });
  }

  async function healed(mode: ReconcileMode, digest: Digest) {
    let totals = noTotals;
    for (const table of scannedTables) {
      for (let segment = 0; segment < SEGMENTS; segment += 1) {
        let step = healStepOf(mode, digest, { table, segment, totalSegments: SEGMENTS });
        for (step = { ...step, totals }; !step.done; )
          step = passedOn(await heal(step, contextWith('digest', 30_000)));
        totals = step.totals;
      }
    }
    return totals;
  }

  it('writes sums in items of 256 KB under a random name, which expire after two weeks', async () => {
    await put('Favourites', users(30).map(rowOf));
    const step = firstStep(digestOf(2 ** 16), { table: 'favourites', segment: 0, totalSegments: 1 });
    const answer = await sum(step);
    expect(answer).toMatchObject({ done: true, totals: { countable: 30 } });
    expect(answer.sums).toMatch(/^[\w-]{22}$/);

    const items = await partsOf(answer.sums);
    // 8 bytes for each of 65,536 cells, and 4 for each of 4,096 counters.
    expect(items.map((item) => item['sums']?.B?.length)).toEqual([262_144, 262_144, 16_384]);
    expect(items.map((item) => item['parts']?.N)).toEqual(['3', '3', '3']);
    const dueSeconds = Date.now() / 1000 + 14 * DAY_SECONDS;
    for (const item of items) expect(Math.abs(Number(item['expires_at']?.N) - dueSeconds)).toBeLessThan(3600);
    expect(await scan('Leases')).toHaveLength(3);
    // A write unit for each KB.
    expect(answer.totals.sumWriteUnits).toBeGreaterThanOrEqual(528);
  });

  it('continues after every page under another name, and sums each favourite once', async () => {
    await put('Favourites', users(LARGE_ROWS).map(largeRowOf));
    const first = firstStep(digestOf(2 ** 12), { table: 'favourites', segment: 0, totalSegments: 1 });
    const whole = await sum(first);
    expect(whole).toMatchObject({ done: true, totals: { countable: LARGE_ROWS } });

    const names: string[] = [];
    // No time is left after the first page.
    let step = await sum(first, 0);
    for (names.push(step.sums); !step.done; names.push(step.sums)) {
      expect(step.cursor).toBeDefined();
      // A call that was thought dead has written too, under a name that nobody reads.
      const dead = await sum(step, 0);
      step = await sum(step, 0);
      expect(dead.sums).not.toBe(step.sums);
    }
    expect(names.length).toBeGreaterThanOrEqual(3);
    expect(new Set(names).size).toBe(names.length);
    expect(step.totals.countable).toBe(LARGE_ROWS);
    expect(await bytesOf(step.sums)).toEqual(await bytesOf(whole.sums));
  });

  it('finds no difference in correct tables, and writes nothing but sums', async () => {
    await put('Favourites', users(300).map(rowOf));
    await put('Registers', [...users(300).map((user) => registerOf(user)), tombstoneOf('gone')]);
    const before = await Promise.all([scan('Favourites'), scan('Registers'), scan('Counts')]);
    const answer = await compared();
    expect(answer).toMatchObject({ next: 'nothing', onOneSide: 0, suspectShare: 0 });
    expect(answer.totals).toMatchObject({ countable: 300, registers: 300, writeUnits: 0 });
    expect(await Promise.all([scan('Favourites'), scan('Registers'), scan('Counts')])).toEqual(before);
    for (const item of await scan('Leases')) expect(item['lease']?.S).toMatch(/^digest#/);
    expect(output.lines().join('\n')).not.toContain(USER);
  });

  it('finds every kind of damage, and heal looks up and repairs little more than that', async () => {
    const right = users(500);
    const damaged = ['removed', 'redated', 'odd-date', 'odd-position', 'future', 'expires'];
    await put('Favourites', [
      ...right.map(rowOf),
      ...damaged.map(rowOf),
      { ...rowOf('beside'), created_at: { S: 'yesterday' } },
    ]);
    await put('Registers', [
      ...right.map((user) => registerOf(user)),
      registerOf('redated', { created_at: { S: SEPTEMBER } }),
      registerOf('odd-date', { created_at: { N: '1' } }),
      registerOf('odd-position', { stream_position: { N: '9' } }),
      registerOf('future', { created_at: { S: '2098-01-01T00:00:00Z' } }),
      registerOf('expires', { expires_at: { N: '1' } }),
      registerOf('invented'),
      registerOf('beside'),
    ]);
    const before = byUser(await scan('Registers'));

    const { next, digest, onOneSide } = await compared();
    expect(next).toBe('look');
    // Removed, odd-date, invented and beside. A changed date leaves a favourite on both sides.
    expect(onOneSide).toBe(4);
    const verified = await healed('verify', digest);
    expect(verified).toMatchObject({ found: 8, corrected: 0, writeUnits: 0 });
    expect(verified.lookedUp).toBeLessThan(20);
    expect(byUser(await scan('Registers'))).toEqual(before);
    expect(await healed('repair', digest)).toMatchObject({ found: 8, corrected: 8 });

    const after = byUser(await scan('Registers'));
    for (const user of right) expect(after.get(user)).toEqual(before.get(user));
    for (const user of damaged) expect(after.get(user)).toMatchObject({ created_at: { S: AUGUST } });
    for (const user of ['invented', 'beside']) expect(after.get(user)).not.toHaveProperty('created_at');
    expect(after.get('odd-position')).toMatchObject({ stream_position: { S: EMPTY_POSITION } });
    expect(after.get('expires')).not.toHaveProperty('expires_at');
    expect(await compared('another key')).toMatchObject({ next: 'nothing' });
  });

  it('heals a register that a late repetition of its step has opened', async () => {
    await put('Favourites', [rowOf('one')]);
    await put('Registers', [
      registerOf('one', { stream_position: { S: 'zzz' }, created_at: { S: SEPTEMBER } }),
    ]);
    const { digest } = await compared();
    const work = { table: 'countedFavourites', segment: 0, totalSegments: 1 } as const;
    const first = { ...healStepOf('repair', digest, work), run: { ...runOf('repair'), graceMs: 1_500 } };
    const noTime = passedOn(await heal(first, contextWith('digest', 0)));
    expect(noTime).toMatchObject({ done: false });
    expect(await scan('Registers')).toMatchObject([{ stream_position: { S: 'zzz' } }]);
    // It opens the register, and has no time for the grace period.
    await heal(first, contextWith('digest', 2_000));
    expect(await scan('Registers')).toMatchObject([{ stream_position: { S: OPENED_POSITION } }]);

    const { done, totals } = await heal(noTime, contextWith('digest', 30_000));
    expect({ done, totals }).toMatchObject({ done: true, totals: { found: 1, corrected: 1 } });
    expect(await scan('Registers')).toMatchObject([
      { stream_position: { S: EMPTY_POSITION }, created_at: { S: AUGUST } },
    ]);
  });

  it('sums only the suspects in a further round', async () => {
    const all = users(600);
    await put('Favourites', all.map(rowOf));
    await put(
      'Registers',
      all.slice(0, 560).map((user) => registerOf(user)),
    );
    // So few cells that every cell differs.
    const first = digestOf(64);
    const round = { run: runOf('repair'), compared: { digest: first }, segments: await summed(first) };
    const answer = await compare(round);
    expect(answer).toMatchObject({ next: 'sum', digest: { rounds: [{ cells: 64 }, { cells: 4_096 }] } });
    const segments = await summed(answer.digest);
    const second = await compare({ run: runOf('repair'), compared: answer, segments });
    expect(second).toMatchObject({ next: 'look', onOneSide: answer.onOneSide });
    const totals = await healed('verify', second.digest);
    expect(totals.found).toBe(40);
    expect(totals.lookedUp).toBeLessThan(70);
  });

  it('fails if a part of the sums is missing, and never takes it for zeros', async () => {
    await put('Favourites', users(LARGE_ROWS).map(largeRowOf));
    const digest = digestOf(2 ** 16);
    const first = firstStep(digest, { table: 'favourites', segment: 0, totalSegments: 1 });
    const step = await sum(first, 0);
    expect(step.done).toBe(false);
    const last = await sum(first);
    const registers = await sum({ ...first, work: { ...first.work, table: 'countedFavourites' } });
    const input = { run: runOf('repair'), compared: { digest }, segments: [last, registers] };
    const answer = await compare(input);
    const differing = answer.digest.rounds[0]?.differing ?? '';

    await Promise.all([removePart(step.sums, 1), removePart(last.sums, 2), removePart(differing, 0)]);
    const missing = { name: 'DigestMissing' };
    await expect(sum(step)).rejects.toMatchObject(missing);
    await expect(compare(input)).rejects.toMatchObject(missing);
    await expect(healed('repair', answer.digest)).rejects.toMatchObject(missing);
    await expect(sum({ ...first, digest: answer.digest })).rejects.toMatchObject(missing);
    expect(await scan('Registers')).toEqual([]);
    await expect(compare({ ...input, segments: [last] })).rejects.toThrow('start the run again');
  });
});

const runOf = (mode: ReconcileMode) => ({ runId: 'run-1', mode, graceMs: 0, startedAtMs: 0 });
const digestOf = (cells: number, key = 'key'): Digest => ({ key, rounds: [{ cells }] });
const firstStep = (digest: Digest, work: SumInput['work']): SumInput => ({
  run: runOf('repair'),
  work,
  digest,
});
const healStepOf = (mode: ReconcileMode, digest: Digest, work: SegmentStep['work']): SegmentStep => ({
  run: runOf(mode),
  // Of this segment; the brakes have tests of their own.
  work: { ...work, uncountsMax: 10 },
  pass: mode === 'verify' ? 'verify' : 'mend',
  digest,
  totals: noTotals,
  done: false,
});

const users = (howMany: number) => Array.from({ length: howMany }, (_, user) => `right-${user}`);
const keyOf = (user: string): Item => ({
  restaurant_id: { S: `restaurant-${user.length}` },
  user_id: { S: `${USER}-${user}` },
});
const rowOf = (user: string): Item => ({
  restaurant_id_user_id: { S: `restaurant-${user.length}#${USER}-${user}` },
  ...keyOf(user),
  created_at: { S: AUGUST },
});
const largeRowOf = (user: string): Item => ({ ...rowOf(user), note: { S: 'x'.repeat(LARGE_BYTES) } });
const registerOf = (user: string, attributes: Item = {}): Item => ({
  ...keyOf(user),
  stream_position: { S: position(5) },
  created_at: { S: AUGUST },
  ...attributes,
});
const tombstoneOf = (user: string): Item => ({
  ...keyOf(user),
  stream_position: { S: position(5) },
  expires_at: { N: '9999999999' },
});
const byUser = (items: readonly Item[]) =>
  new Map(items.map((item) => [item['user_id']?.S?.slice(USER.length + 1), item]));
