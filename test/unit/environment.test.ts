import { describe, expect, it } from '@jest/globals';
import {
  EnvironmentError,
  environmentNames,
  type EnvironmentVariables,
  parseAggregatorEnvironment,
} from '../../src/environment.ts';

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
    expect(Object.values(environmentNames).toSorted()).toEqual(Object.keys(GOOD).toSorted());
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
