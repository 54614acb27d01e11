import { describe, expect, it } from '@jest/globals';
import { defaultSource } from '../../src/counting/source/source.ts';
import { EnvironmentError, readEnvironment } from '../../src/lambda/environment.ts';
import {
  aggregatorVariables,
  apiVariables,
  auditVariables,
  decideVariables,
  digestVariables,
  healVariables,
  planVariables,
  redriveVariables,
  reportVariables,
} from '../../src/lambda/settings.ts';

type EnvironmentVariables = Parameters<typeof readEnvironment>[1];

const GOOD = {
  COUNTED_FAVOURITES_TABLE: 'registers',
  AGGREGATED_FAVOURITES_TABLE: 'counts',
  DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:1/poison',
  TIME_WINDOWS: 'MONTH:forever,DAY:400',
  RANKING_SHARDS: '10',
  COMMIT_CONCURRENCY: '4',
} satisfies EnvironmentVariables;
const errorOf = (variables: EnvironmentVariables): EnvironmentError => {
  try {
    readEnvironment(aggregatorVariables, variables);
  } catch (error) {
    if (error instanceof EnvironmentError) return error;
    throw error;
  }
  throw new Error('the environment was accepted');
};

describe('the environment of the aggregator', () => {
  it('is read from these variables', () => {
    expect(readEnvironment(aggregatorVariables, { ...GOOD, PATH: '/bin' })).toEqual({
      countedFavouritesTable: 'registers',
      aggregatedFavouritesTable: 'counts',
      deadLetterQueueUrl: 'http://127.0.0.1:1/poison',
      timeWindows: { MONTH: 'forever', DAY: 400 },
      timeZone: 'UTC',
      rankingShards: 10,
      ranking: {},
      commitConcurrency: 4,
      source: defaultSource,
    });
  });

  it('reads a source as JSON, and rejects text that describes no table', () => {
    const shape = { key: [{ name: 'pk', type: 'S', pattern: '{user}:{restaurant}' }], createdAt: 'none' };
    const SOURCE = JSON.stringify(shape);
    expect(readEnvironment(aggregatorVariables, { ...GOOD, SOURCE }).source).toEqual(shape);
    for (const bad of ['', '{', '[]', '{"key": []}', '{"key": [{"name": "a", "pattern": "{b}"}]}']) {
      expect(errorOf({ ...GOOD, SOURCE: bad }).issues).toEqual([
        expect.stringMatching(/^SOURCE must be the description of a table/),
      ]);
    }
  });

  it('may configure ALL_TIME as the only window', () => {
    expect(readEnvironment(aggregatorVariables, { ...GOOD, TIME_WINDOWS: '' }).timeWindows).toEqual({});
  });

  it('is rejected with one error that names every missing variable', () => {
    const error = errorOf({});
    expect(error.issues).toHaveLength(6);
    for (const name of Object.keys(GOOD)) expect(error.message).toContain(name);
    expect(error.message).toContain('Deploy the stack again');
    expect(error).toMatchObject({ name: 'EnvironmentError', code: 'environment' });
  });

  it('names exactly the invalid variables, and says why each is rejected', () => {
    const { issues } = errorOf({
      ...GOOD,
      COUNTED_FAVOURITES_TABLE: '',
      TIME_WINDOWS: 'DAY:0',
      COMMIT_CONCURRENCY: '65',
    });
    expect(issues).toEqual([
      "COUNTED_FAVOURITES_TABLE must be a name, a URL or an ARN, not ''",
      expect.stringMatching(/^TIME_WINDOWS must be some of YEAR, .*, not 'DAY:0'$/),
      "COMMIT_CONCURRENCY must be a whole number of transactions from 1 to 64, not '65'",
    ]);
  });

  it.each(Object.keys(GOOD))('is rejected without %s', (name) => {
    expect(errorOf({ ...GOOD, [name]: undefined }).issues).toEqual([expect.stringContaining(name)]);
  });

  it.each([
    ['RANKING_SHARDS', 'shards', '1', '200'],
    ['COMMIT_CONCURRENCY', 'transactions', '1', '64'],
  ])('accepts %s as a number of %s from %s to %s', (name, unit, min, max) => {
    expect(() => readEnvironment(aggregatorVariables, { ...GOOD, [name]: min })).not.toThrow();
    expect(() => readEnvironment(aggregatorVariables, { ...GOOD, [name]: max })).not.toThrow();
    for (const bad of [
      String(Number(min) - 1),
      String(Number(max) + 1),
      '',
      '-1',
      '1.5',
      '1e1',
      ' 2',
      '0x2',
      'two',
    ]) {
      expect(errorOf({ ...GOOD, [name]: bad }).issues).toEqual([
        `${name} must be a whole number of ${unit} from ${min} to ${max}, not '${bad}'`,
      ]);
    }
  });
});

const COMMIT = {
  COUNTED_FAVOURITES_TABLE: 'registers',
  AGGREGATED_FAVOURITES_TABLE: 'counts',
  TIME_WINDOWS: 'MONTH:forever,DAY:400',
  RANKING_SHARDS: '10',
  COMMIT_CONCURRENCY: '4',
};
const commit = {
  countedFavouritesTable: 'registers',
  aggregatedFavouritesTable: 'counts',
  timeWindows: { MONTH: 'forever', DAY: 400 },
  timeZone: 'UTC',
  rankingShards: 10,
  ranking: {},
  commitConcurrency: 4,
};
const others = [
  {
    handler: 'plan',
    reads: planVariables,
    variables: {
      FAVOURITES_TABLE: 'favourites',
      FAVOURITES_STREAM_ARN: 'arn:stream',
      COUNTED_FAVOURITES_TABLE: 'registers',
      AGGREGATED_FAVOURITES_TABLE: 'counts',
      RECONCILE_LEASE_TABLE: 'lease',
      RECONCILE_GRACE_SECONDS: '300',
      RECONCILE_LEASE_SECONDS: '86400',
      RECONCILE_SEGMENT_MEGABYTES: '256',
      RECONCILE_SEGMENTS_MAX: '20',
    },
    environment: {
      favouritesTable: 'favourites',
      favouritesStreamArn: 'arn:stream',
      countedFavouritesTable: 'registers',
      aggregatedFavouritesTable: 'counts',
      reconcileLeaseTable: 'lease',
      graceSeconds: 300,
      leaseSeconds: 86_400,
      segmentMegabytes: 256,
      segmentsMax: 20,
      source: defaultSource,
    },
  },
  {
    handler: 'redrive',
    reads: redriveVariables,
    variables: {
      ...COMMIT,
      FAVOURITES_TABLE: 'favourites',
      FAVOURITES_TABLE_ARN: 'arn:favourites',
      DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:1/poison',
    },
    environment: {
      ...commit,
      favouritesTable: 'favourites',
      favouritesTableArn: 'arn:favourites',
      deadLetterQueueUrl: 'http://127.0.0.1:1/poison',
      source: defaultSource,
    },
  },
  {
    handler: 'digest',
    reads: digestVariables,
    variables: {
      FAVOURITES_TABLE: 'favourites',
      COUNTED_FAVOURITES_TABLE: 'registers',
      RECONCILE_LEASE_TABLE: 'lease',
    },
    environment: {
      favouritesTable: 'favourites',
      countedFavouritesTable: 'registers',
      reconcileLeaseTable: 'lease',
      timeZone: 'UTC',
      source: defaultSource,
    },
  },
  {
    handler: 'heal',
    reads: healVariables,
    variables: {
      ...COMMIT,
      FAVOURITES_TABLE: 'favourites',
      RECONCILE_LEASE_TABLE: 'lease',
      RECONCILE_SEED_UNITS_PER_SECOND: '2000',
    },
    environment: {
      ...commit,
      favouritesTable: 'favourites',
      reconcileLeaseTable: 'lease',
      seedUnitsPerSecond: 2000,
      source: defaultSource,
    },
  },
  {
    handler: 'decide',
    reads: decideVariables,
    variables: { FAVOURITES_TABLE: 'favourites', RECONCILE_UNCOUNTS_MAX_PERCENT: '20' },
    environment: { favouritesTable: 'favourites', uncountsMaxPercent: 20, source: defaultSource },
  },
  {
    handler: 'audit',
    reads: auditVariables,
    variables: { ...COMMIT, RECONCILE_SECOND_READING_SECONDS: '10', RECONCILE_HOLD_SECONDS: '8' },
    environment: { ...commit, secondReadingSeconds: 10, holdSeconds: 8 },
  },
  {
    handler: 'report',
    reads: reportVariables,
    variables: { RECONCILE_LEASE_TABLE: 'lease' },
    environment: { reconcileLeaseTable: 'lease' },
  },
  {
    handler: 'api',
    reads: apiVariables,
    variables: {
      FAVOURITES_TABLE: 'favourites',
      AGGREGATED_FAVOURITES_TABLE: 'counts',
      TIME_WINDOWS: 'MONTH:forever',
      RANKING_SHARDS: '10',
      API_AUTHORIZATION_KIND: 'JWT',
      API_BASE_PATH: '/v1',
    },
    environment: {
      favouritesTable: 'favourites',
      aggregatedFavouritesTable: 'counts',
      timeWindows: { MONTH: 'forever' },
      timeZone: 'UTC',
      rankingShards: 10,
      ranking: {},
      authorization: 'JWT',
      basePath: '/v1',
      source: defaultSource,
    },
  },
] as const;

describe('the environments of the other handlers', () => {
  it.each(others)('$handler reads its own variables and no others', ({ reads, variables, environment }) => {
    expect(readEnvironment(reads, { ...variables, PATH: '/bin' })).toEqual(environment);
  });

  it.each(others)('$handler names every variable that is missing', ({ reads, variables }) => {
    let error: unknown;
    try {
      readEnvironment(reads, {});
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(EnvironmentError);
    const { issues } = error as EnvironmentError;
    expect(issues).toHaveLength(Object.keys(variables).length);
    for (const name of Object.keys(variables)) expect(issues.join()).toContain(name);
  });

  it.each([
    ['plan', 'RECONCILE_GRACE_SECONDS', 'seconds', 0, 86_400],
    ['plan', 'RECONCILE_LEASE_SECONDS', 'seconds', 60, 604_800],
    ['plan', 'RECONCILE_SEGMENT_MEGABYTES', 'MiB', 1, 100_000],
    ['plan', 'RECONCILE_SEGMENTS_MAX', 'segments', 1, 100],
    ['decide', 'RECONCILE_UNCOUNTS_MAX_PERCENT', 'percent', 1, 100],
    ['heal', 'RECONCILE_SEED_UNITS_PER_SECOND', 'write units a second', 1, 1_000_000],
    ['audit', 'RECONCILE_SECOND_READING_SECONDS', 'seconds', 0, 300],
    ['audit', 'RECONCILE_HOLD_SECONDS', 'seconds', 1, 10],
  ])('%s accepts %s as a number of %s from %d to %d', (handler, name, unit, min, max) => {
    const { reads, variables } = others.find((one) => one.handler === handler) ?? others[0];
    for (const good of [min, max])
      expect(() => readEnvironment(reads, { ...variables, [name]: String(good) })).not.toThrow();
    for (const bad of [min - 1, max + 1, 1.5, '', 'two']) {
      expect(() => readEnvironment(reads, { ...variables, [name]: String(bad) })).toThrow(
        `${name} must be a whole number of ${unit} from ${min} to ${max}, not '${bad}'`,
      );
    }
  });

  it.each(['', 'NONE', 'iam'])("api rejects the authorization '%s'", (authorization) => {
    const { variables } = others.find((one) => one.handler === 'api') ?? others[0];
    expect(() =>
      readEnvironment(apiVariables, { ...variables, API_AUTHORIZATION_KIND: authorization }),
    ).toThrow(`API_AUTHORIZATION_KIND must be one of IAM, JWT, not '${authorization}'`);
  });
});
