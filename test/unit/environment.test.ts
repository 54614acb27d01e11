import { describe, expect, it } from '@jest/globals';
import {
  EnvironmentError,
  environmentNames,
  type EnvironmentVariables,
  parseAggregatorEnvironment,
  parseApiEnvironment,
  parseAuditEnvironment,
  parseHealEnvironment,
  parsePlanEnvironment,
  parseRedriveEnvironment,
  parseReportEnvironment,
} from '../../src/lambda/environment.ts';

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
    parseAggregatorEnvironment(variables);
  } catch (error) {
    if (error instanceof EnvironmentError) return error;
    throw error;
  }
  throw new Error('the environment was accepted');
};

describe('the environment of the aggregator', () => {
  it('is read from variables of these names', () => {
    expect(parseAggregatorEnvironment({ ...GOOD, PATH: '/bin' })).toEqual({
      countedFavouritesTable: 'registers',
      aggregatedFavouritesTable: 'counts',
      deadLetterQueueUrl: 'http://127.0.0.1:1/poison',
      timeWindows: { MONTH: 'forever', DAY: 400 },
      rankingShards: 10,
      commitConcurrency: 4,
    });
  });

  it('may keep ALL_TIME alone', () => {
    expect(parseAggregatorEnvironment({ ...GOOD, TIME_WINDOWS: '' }).timeWindows).toEqual({});
  });

  it('names every variable that is missing in one error', () => {
    const error = errorOf({});
    expect(error.faults).toHaveLength(6);
    for (const name of Object.keys(GOOD)) expect(error.message).toContain(name);
    expect(error.message).toContain('Deploy the stack again');
    expect(error).toMatchObject({ code: 'environment', retryable: false });
  });

  it('names exactly the variables at fault, and why', () => {
    const { faults } = errorOf({
      ...GOOD,
      COUNTED_FAVOURITES_TABLE: '',
      TIME_WINDOWS: 'DAY:0',
      COMMIT_CONCURRENCY: '65',
    });
    expect(faults).toEqual([
      'COUNTED_FAVOURITES_TABLE is not set',
      "TIME_WINDOWS: the retention of DAY is '0', expected whole days or 'forever'",
      "COMMIT_CONCURRENCY is '65', expected a whole number from 1 to 64",
    ]);
  });

  it.each(Object.keys(GOOD))('is unusable without %s', (name) => {
    expect(errorOf({ ...GOOD, [name]: undefined }).faults).toEqual([expect.stringContaining(name)]);
  });

  it.each([
    ['RANKING_SHARDS', '1', '200'],
    ['COMMIT_CONCURRENCY', '1', '64'],
  ])('takes %s from %s to %s', (name, min, max) => {
    expect(() => parseAggregatorEnvironment({ ...GOOD, [name]: min })).not.toThrow();
    expect(() => parseAggregatorEnvironment({ ...GOOD, [name]: max })).not.toThrow();
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
      expect(errorOf({ ...GOOD, [name]: bad }).faults).toEqual([
        `${name} is '${bad}', expected a whole number from ${min} to ${max}`,
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
  rankingShards: 10,
  commitConcurrency: 4,
};
const others = [
  {
    handler: 'plan',
    parse: parsePlanEnvironment,
    variables: {
      FAVOURITES_TABLE: 'favourites',
      COUNTED_FAVOURITES_TABLE: 'registers',
      AGGREGATED_FAVOURITES_TABLE: 'counts',
      RECONCILE_LEASE_TABLE: 'lease',
      RECONCILE_GRACE_SECONDS: '300',
      RECONCILE_LEASE_SECONDS: '86400',
      SCAN_SEGMENT_MEGABYTES: '256',
      RECONCILE_SEGMENTS_MAX: '20',
    },
    environment: {
      favouritesTable: 'favourites',
      countedFavouritesTable: 'registers',
      aggregatedFavouritesTable: 'counts',
      reconcileLeaseTable: 'lease',
      graceSeconds: 300,
      leaseSeconds: 86_400,
      scanSegmentMegabytes: 256,
      segmentsMax: 20,
    },
  },
  {
    handler: 'redrive',
    parse: parseRedriveEnvironment,
    variables: { ...COMMIT, DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:1/poison' },
    environment: { ...commit, deadLetterQueueUrl: 'http://127.0.0.1:1/poison' },
  },
  {
    handler: 'heal',
    parse: parseHealEnvironment,
    variables: { ...COMMIT, FAVOURITES_TABLE: 'favourites', SEED_UNITS_PER_SECOND: '2000' },
    environment: { ...commit, favouritesTable: 'favourites', seedUnitsPerSecond: 2000 },
  },
  {
    handler: 'audit',
    parse: parseAuditEnvironment,
    variables: { ...COMMIT, AUDIT_SECOND_READING_SECONDS: '10', HOLD_SECONDS: '8' },
    environment: { ...commit, secondReadingSeconds: 10, holdSeconds: 8 },
  },
  {
    handler: 'report',
    parse: parseReportEnvironment,
    variables: { RECONCILE_LEASE_TABLE: 'lease' },
    environment: { reconcileLeaseTable: 'lease' },
  },
  {
    handler: 'api',
    parse: parseApiEnvironment,
    variables: {
      FAVOURITES_TABLE: 'favourites',
      AGGREGATED_FAVOURITES_TABLE: 'counts',
      TIME_WINDOWS: 'MONTH:forever',
      RANKING_SHARDS: '10',
      API_AUTHORIZATION: 'JWT',
    },
    environment: {
      favouritesTable: 'favourites',
      aggregatedFavouritesTable: 'counts',
      timeWindows: { MONTH: 'forever' },
      rankingShards: 10,
      authorization: 'JWT',
    },
  },
] as const;

describe('the environments of the other handlers', () => {
  it.each(others)('$handler reads its own variables and no others', ({ parse, variables, environment }) => {
    expect(parse({ ...variables, PATH: '/bin' })).toEqual(environment);
  });

  it.each(others)('$handler names every variable that is missing', ({ parse, variables }) => {
    let error: unknown;
    try {
      parse({});
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(EnvironmentError);
    const { faults } = error as EnvironmentError;
    expect(faults).toHaveLength(Object.keys(variables).length);
    for (const name of Object.keys(variables)) expect(faults.join()).toContain(name);
  });

  it('use every name of the list', () => {
    const used = new Set([
      ...Object.keys(GOOD),
      ...others.flatMap(({ variables }) => Object.keys(variables)),
    ]);
    expect([...used].toSorted()).toEqual(Object.values(environmentNames).toSorted());
  });

  it.each([
    ['plan', 'RECONCILE_GRACE_SECONDS', 0, 86_400],
    ['plan', 'RECONCILE_LEASE_SECONDS', 1, 604_800],
    ['plan', 'SCAN_SEGMENT_MEGABYTES', 1, 100_000],
    ['plan', 'RECONCILE_SEGMENTS_MAX', 1, 100],
    ['heal', 'SEED_UNITS_PER_SECOND', 1, 999_999_999],
    ['audit', 'AUDIT_SECOND_READING_SECONDS', 0, 300],
    ['audit', 'HOLD_SECONDS', 1, 10],
  ])('%s takes %s from %d to %d', (handler, name, min, max) => {
    const { parse, variables } = others.find((one) => one.handler === handler) ?? others[0];
    for (const good of [min, max]) expect(() => parse({ ...variables, [name]: String(good) })).not.toThrow();
    for (const bad of [min - 1, max + 1, 1.5, '', 'two']) {
      expect(() => parse({ ...variables, [name]: String(bad) })).toThrow(
        `${name} is '${bad}', expected a whole number from ${min} to ${max}`,
      );
    }
  });

  it.each(['', 'NONE', 'iam'])("api refuses the authorization '%s'", (authorization) => {
    const { variables } = others.find((one) => one.handler === 'api') ?? others[0];
    expect(() => parseApiEnvironment({ ...variables, API_AUTHORIZATION: authorization })).toThrow(
      `API_AUTHORIZATION is '${authorization}', expected IAM or JWT`,
    );
  });
});
