/**
 * A wrong table, a wrong stream or a wrong setting beside right counts, on the real engine. Each run says
 * what is wrong and what to do, and the counts stay as they were (I4).
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  type ScalarAttributeType,
  type StreamViewType,
} from '@aws-sdk/client-dynamodb';
import type { LocalRun } from '../../infra/local/local-run.ts';
import { replaySettings } from '../../infra/local/replay/replay-settings.ts';
import { type Settings, settingsFor } from '../../infra/settings/settings.ts';
import type { Source } from '../../src/counting/source/source.ts';
import { sha256 } from '../../src/lambda/sha256.ts';
import type { ReconcileInput, ReconcileMode } from '../../src/reconcile/run.ts';
import {
  disableStream,
  enableStream,
  type Item,
  itemsOf,
  operatedStack,
  type OperatedStack,
} from '../support/operated-stack.ts';

const AUGUST = '2022-08-01T12:00:00.000Z';
/** Enough that more than 100 un-counts are more than one in five, and 60 % of them are more than 100. */
const FAVOURITES = 200;

function settingsWith(source?: Source): Settings {
  const base = replaySettings();
  return settingsFor('dev', {
    ...base,
    ...(source && { source }),
    api: { ...base.api, enabled: source === undefined },
    pipe: { batchSize: 100, maximumBatchingWindowSeconds: 0, parallelizationFactor: 1 },
    reconcile: { ...base.reconcile, secondReadingSeconds: 0, segmentMegabytes: 1, segmentsMax: 2 },
  });
}

async function write(run: LocalRun, items: readonly Item[]): Promise<void> {
  for (let from = 0; from < items.length; from += 25) {
    const puts = items.slice(from, from + 25).map((item) => ({ PutRequest: { Item: item } }));
    await run.dynamoDb.send(new BatchWriteItemCommand({ RequestItems: { [run.tables.favourites]: puts } }));
  }
}

/** The engine returns attributes in any order. */
function textOf(item: Item): string {
  return JSON.stringify(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const numbers = Array.from({ length: FAVOURITES }, (_, number) => number);
const causeOf = (outcome: unknown): string => (outcome as { readonly cause?: string }).cause ?? '';

interface Counted {
  readonly registers: number;
  readonly counts: number;
  /** Every attribute of both tables. */
  readonly digest: string;
}

/** Starts runs, and keeps the counts from before the first of them. */
function operator(stack: OperatedStack) {
  let run: LocalRun;
  let before: Counted;
  const counted = async (): Promise<Counted> => {
    const registers = await itemsOf(run.dynamoDb, run.tables.countedFavourites);
    const counts = await itemsOf(run.dynamoDb, run.tables.aggregatedFavourites);
    const texts = [...registers, ...counts].map((item) => textOf(item));
    return { registers: registers.length, counts: counts.length, digest: sha256(texts.toSorted().join()) };
  };
  return {
    run: () => run,
    async deploy(source?: Source): Promise<LocalRun> {
      run = await stack.deploy({ settings: settingsWith(source) });
      return run;
    },
    reconcile: (mode: ReconcileMode, more: Partial<ReconcileInput> = {}) =>
      run.reconcile({ mode, graceMs: 100, ...more }),
    async remember(): Promise<void> {
      await run.pipe.drain();
      expect([...run.deadLetters()]).toEqual([]);
      expect(await run.reconcile({ mode: 'repair', graceMs: 100 })).toMatchObject({
        kind: 'succeeded',
        report: { registersFound: 0, countsFound: 0, writeUnits: 0 },
      });
      before = await counted();
      expect(before).toMatchObject({ registers: FAVOURITES, counts: 9 * 3 });
    },
    async expectUntouched(): Promise<void> {
      expect(await counted()).toEqual(before);
    },
  };
}

describe('beside the default table', () => {
  const stack = operatedStack();
  const { run, deploy, reconcile, remember, expectUntouched } = operator(stack);
  afterAll(() => stack.stop());

  /** Another table of the same name, with these key attributes. */
  async function recreate(
    key: Readonly<Record<string, ScalarAttributeType>>,
    StreamViewType: StreamViewType = 'NEW_AND_OLD_IMAGES',
  ): Promise<void> {
    const TableName = run().tables.favourites;
    await run().dynamoDb.send(new DeleteTableCommand({ TableName }));
    const names = Object.keys(key);
    await run().dynamoDb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          ...names.map((AttributeName) => ({ AttributeName, AttributeType: key[AttributeName] })),
          // The index by user, which the stack needs to be deployed again.
          { AttributeName: 'user_id', AttributeType: 'S' },
          { AttributeName: 'created_at', AttributeType: 'S' },
        ],
        KeySchema: names.map((AttributeName, at) => ({
          AttributeName,
          KeyType: at === 0 ? 'HASH' : 'RANGE',
        })),
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by_user',
            KeySchema: [
              { AttributeName: 'user_id', KeyType: 'HASH' },
              { AttributeName: 'created_at', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
        StreamSpecification: { StreamEnabled: true, StreamViewType },
      }),
    );
  }

  const expectMismatch = async (modes: readonly ReconcileMode[], ...texts: readonly string[]) => {
    for (const mode of modes) {
      const outcome = await reconcile(mode);
      expect(outcome).toMatchObject({ kind: 'failed', error: 'SourceMismatch' });
      for (const text of texts) expect(causeOf(outcome)).toContain(text);
    }
    await expectUntouched();
  };

  beforeAll(async () => {
    await deploy();
    const ids = numbers.map((number) => [`${number % 9}`, `${number}`] as const);
    // Half of the rows hold their ids as numbers beside the text key.
    const rows = ids.map(([restaurant, user], at) => ({
      restaurant_id_user_id: { S: `${restaurant}#${user}` },
      restaurant_id: at % 2 === 0 ? { N: restaurant } : { S: restaurant },
      ...(at % 2 === 0 ? {} : { user_id: { S: user } }),
      created_at: { S: AUGUST },
    }));
    await write(run(), rows);
    await remember();
    await run().pipe.stop();
  });

  it('a stream that is off, or has keys only, stops repair and seed', async () => {
    const { dynamoDb, tables } = run();
    await disableStream(dynamoDb, tables.favourites);
    await expectMismatch(['repair', 'seed'], 'it has no stream, and the pipe reads arn:');

    await enableStream(dynamoDb, tables.favourites, 'KEYS_ONLY');
    await expectMismatch(
      ['repair', 'seed'],
      'its stream has the view type KEYS_ONLY, but the records need NEW_IMAGE or NEW_AND_OLD_IMAGES: disable',
      'but the pipe reads arn:',
    );
    for (const mode of ['redrive', 'verify'] as const) {
      expect(await reconcile(mode)).toMatchObject({ kind: 'succeeded' });
    }
  });

  it('another key stops every run: a sort key beside it, or a number', async () => {
    await recreate({ restaurant_id_user_id: 'S', version: 'N' });
    const expected = 'but the setting source describes restaurant_id_user_id (S): correct source, or deploy';
    await expectMismatch(
      ['repair', 'verify', 'seed', 'redrive'],
      `its key is restaurant_id_user_id (S), version (N), ${expected}`,
    );
    await recreate({ restaurant_id_user_id: 'N' });
    await expectMismatch(['repair', 'redrive'], `its key is restaurant_id_user_id (N), ${expected}`);
  });

  it('an empty table stops every run that writes, and a repair even if the table is accepted', async () => {
    await recreate({ restaurant_id_user_id: 'S' });
    stack.emptyStream(run().tables.favourites);
    await deploy();
    for (const mode of ['repair', 'seed', 'redrive'] as const) {
      const outcome = await reconcile(mode);
      expect(outcome).toMatchObject({ kind: 'failed', error: 'SourceChanged' });
      expect(causeOf(outcome)).toMatch(
        /Favourites is now table .*, but the counts were made from table .*acceptSource/,
      );
    }
    expect(await reconcile('verify')).toMatchObject({
      kind: 'failed',
      error: 'DriftRemains',
      report: { registersFound: FAVOURITES, registersCorrected: 0 },
    });
    const outcome = await reconcile('repair', { acceptSource: true });
    expect(outcome).toMatchObject({ kind: 'failed', error: 'TooMuchDrift' });
    for (const part of [
      '200 favourites are counted, but no row of Favourites counts',
      'has no rows',
      'the wrong table',
    ]) {
      expect(causeOf(outcome)).toContain(part);
    }
    expect(await reconcile('seed')).toMatchObject({ kind: 'failed', error: 'SeedStopped' });
    await expectUntouched();
  });

  it('an empty table empties the counts only if the input accepts that too', async () => {
    expect(await reconcile('repair', { acceptDrift: true })).toMatchObject({
      kind: 'succeeded',
      report: { registersFound: FAVOURITES, registersCorrected: FAVOURITES, countsFound: 0 },
    });
  });
});

describe('beside a table of another shape', () => {
  const stack = operatedStack();
  const { run, deploy, reconcile, remember, expectUntouched } = operator(stack);
  afterAll(() => stack.stop());
  const sourceOf = ({ sort = 'FAV#{restaurant}', date = 'createdAt' } = {}): Source => ({
    key: [
      { name: 'PK', type: 'S', pattern: 'USER#{user}' },
      { name: 'SK', type: 'S', pattern: sort },
    ],
    createdAt: { attribute: date, format: 'rfc3339' },
  });

  beforeAll(async () => {
    await deploy(sourceOf());
    // Every row has its first date, two in five the date of the setting that is tried below.
    const favourites = numbers.map((number) => ({
      PK: { S: `USER#u${number}` },
      SK: { S: `FAV#r${number % 9}` },
      createdAt: { S: AUGUST },
      updatedAt: number % 5 < 2 ? { S: AUGUST } : { S: 'yesterday' },
    }));
    const profiles = numbers.map((number) => ({ PK: { S: `USER#u${number}` }, SK: { S: 'PROFILE' } }));
    await write(run(), [...favourites, ...profiles]);
    await remember();
  });

  /** The causes of repair and seed share the texts about the rows; each has texts of its own too. */
  const expectStopped = async (
    source: Source,
    texts: { readonly repair: string; readonly seed: string; readonly both: readonly string[] },
  ): Promise<void> => {
    await deploy(source);
    for (const [mode, error] of [
      ['repair', 'TooMuchDrift'],
      ['seed', 'SeedStopped'],
    ] as const) {
      const outcome = await reconcile(mode);
      expect(outcome).toMatchObject({ kind: 'failed', error });
      for (const text of [texts[mode], ...texts.both]) expect(causeOf(outcome)).toContain(text);
    }
    await expectUntouched();
  };

  it('a literal that no key has stops repair and seed, with the key to compare', async () => {
    await expectStopped(sourceOf({ sort: 'FAVS#{restaurant}' }), {
      repair: 'Too much drift: 200 favourites are counted, but no row of Favourites counts.',
      seed: 'The seed did not begin: no row of Favourites counts.',
      both: [
        'Of the 400 rows of table ',
        ' 0 (0 %) count, 0 (0 %) do not count, 400 (100 %) are other kinds of item, and 0 (0 %) are',
        'no row has a key like PK = USER#{user}, SK = FAVS#{restaurant}. Compare it with the table',
      ],
    });
  });

  it('rows of which 60 % are rejected stop repair and seed, with the form of their dates', async () => {
    await expectStopped(sourceOf({ date: 'updatedAt' }), {
      repair: ' of 200 counted favourites out of the counts, more than the 20 %',
      seed: 'The seed did not begin: most rows of Favourites are rejected.',
      both: [
        ' 80 (20 %) count, 0 (0 %) do not count, 200 (50 %) are other kinds of item, and 120 (30 %) are',
        '120 unreadable-created-at (for example: expected a date as rfc3339 in updatedAt, found S aaaaa',
        'Perhaps the setting source describes these attributes wrongly',
      ],
    });
  });

  it('the right source finds nothing to correct afterwards', async () => {
    await deploy(sourceOf());
    expect(await reconcile('repair')).toMatchObject({
      kind: 'succeeded',
      report: { registersFound: 0, countsFound: 0, writeUnits: 0 },
    });
    await expectUntouched();
  });
});
