import { describe, expect, it } from '@jest/globals';
import { createdAtReader } from '../../../src/counting/source/created-at.ts';
import type { DateFormat } from '../../../src/counting/source/source.ts';

const read = (format: DateFormat, value: string | { N: string }, zone?: string) =>
  createdAtReader(
    { attribute: 'at', format, ...(zone !== undefined && { zone }) },
    'UTC',
  )(typeof value === 'string' ? { S: value } : value);

describe('a date in the format rfc3339', () => {
  it.each([
    ['2022-08-01T12:00:00Z', '2022-08-01T12:00:00Z'],
    ['2022-08-01T12:00:00.123456789Z', '2022-08-01T12:00:00.123456789Z'],
    ['2022-08-01T12:00:00.100Z', '2022-08-01T12:00:00.100Z'],
    ['2022-08-01T12:00:00+00:00', '2022-08-01T12:00:00Z'],
    ['2022-08-01T12:00:00.5+00:00', '2022-08-01T12:00:00.5Z'],
    ['2022-08-01T12:00:00-00:00', '2022-08-01T12:00:00Z'],
    ['2022-08-01T01:00:00+02:00', '2022-07-31T23:00:00Z'],
    ['2022-08-01T23:30:00.25-05:30', '2022-08-02T05:00:00.25Z'],
    ['2022-08-01t12:00:00z', '2022-08-01T12:00:00Z'],
    ['2022-08-01t12:00:00.5Z', '2022-08-01T12:00:00.5Z'],
    ['2022-08-01T12:00:00z', '2022-08-01T12:00:00Z'],
    ['2022-12-31T23:59:59+14:00', '2022-12-31T09:59:59Z'],
    ['2022-12-31T23:59:59-23:59', '2023-01-01T23:58:59Z'],
  ])('is read from %s as %s', (text, createdAt) => {
    expect(read('rfc3339', text)).toBe(createdAt);
  });

  it.each([
    '2022-08-01',
    '2022-08-01T12:00:00',
    '2022-08-01 12:00:00Z',
    '2022-02-30T12:00:00+00:00',
    '2022-08-01T24:00:00+00:00',
    '2022-08-01T12:00:00+24:00',
    '2022-08-01T12:00:00+01:60',
    '2022-08-01T12:00:00+0100',
    '2022-08-01T12:00:00.+01:00',
    '2022-08-01T12:00:00.1234567890Z',
    '0000-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-00:01',
    ' 2022-08-01T12:00:00Z',
    '1659355200',
    '',
  ])('is not read from %j', (text) => {
    expect(read('rfc3339', text)).toBeUndefined();
  });

  it('is not read from a number', () => {
    expect(read('rfc3339', { N: '1659355200' })).toBeUndefined();
  });
});

describe('a date in the format sql', () => {
  it.each([
    ['2022-08-01 12:00:00', 'UTC', '2022-08-01T12:00:00Z'],
    ['2022-08-01T12:00:00.123456', 'UTC', '2022-08-01T12:00:00.123456Z'],
    ['2022-08-01 12:00:00', 'Europe/Berlin', '2022-08-01T10:00:00Z'],
    ['2022-01-01 00:30:00.5', 'Europe/Berlin', '2021-12-31T23:30:00.5Z'],
    ['2022-08-01 12:00:00', 'Asia/Kathmandu', '2022-08-01T06:15:00Z'],
    ['2022-08-01 12:00:00+00', 'Europe/Berlin', '2022-08-01T12:00:00Z'],
    ['2022-08-01 12:00:00.5+0530', 'Europe/Berlin', '2022-08-01T06:30:00.5Z'],
    ['2022-08-01 12:00:00 UTC', 'Europe/Berlin', '2022-08-01T12:00:00Z'],
    ['2022-08-01 12:00:00Z', 'America/Sao_Paulo', '2022-08-01T12:00:00Z'],
  ])('is read from %s in the zone %s as %s', (text, zone, createdAt) => {
    expect(read('sql', text, zone)).toBe(createdAt);
  });

  it('takes a time that occurs twice as the first, and a skipped one by the offset before the gap', () => {
    // On 30 October 2022 clocks in Berlin went back at 3:00 to 2:00; on 27 March forward from 2:00 to 3:00.
    expect(read('sql', '2022-10-30 02:30:00', 'Europe/Berlin')).toBe('2022-10-30T00:30:00Z');
    expect(read('sql', '2022-10-30 01:59:59', 'Europe/Berlin')).toBe('2022-10-29T23:59:59Z');
    expect(read('sql', '2022-10-30 03:00:00', 'Europe/Berlin')).toBe('2022-10-30T02:00:00Z');
    expect(read('sql', '2022-03-27 02:30:00', 'Europe/Berlin')).toBe('2022-03-27T01:30:00Z');
    expect(read('sql', '2022-03-27 01:59:59', 'Europe/Berlin')).toBe('2022-03-27T00:59:59Z');
    expect(read('sql', '2022-03-27 03:00:00', 'Europe/Berlin')).toBe('2022-03-27T01:00:00Z');
    // 4 November 2018 began at 1:00 in São Paulo; Samoa left out 30 December 2011.
    expect(read('sql', '2018-11-04 00:30:00', 'America/Sao_Paulo')).toBe('2018-11-04T03:30:00Z');
    expect(read('sql', '2011-12-31 00:00:00', 'Pacific/Apia')).toBe('2011-12-30T10:00:00Z');
    expect(read('sql', '2011-12-29 23:59:59', 'Pacific/Apia')).toBe('2011-12-30T09:59:59Z');
  });

  it.each(['2022-08-01', '2022-08-01 25:00:00', '2022-02-30 12:00:00', '2022-08-01 12:00', '', '12:00:00'])(
    'is not read from %j',
    (text) => {
      expect(read('sql', text, 'Europe/Berlin')).toBeUndefined();
      expect(read('sql', text, 'UTC')).toBeUndefined();
    },
  );
});

describe('a date in the format date', () => {
  it('stays a date', () => {
    expect(read('date', '2022-08-01')).toBe('2022-08-01');
  });

  it.each(['2022-02-30', '20220801', '2022-8-1', '2022-08-01T12:00:00Z', ''])(
    'is not read from %j',
    (text) => {
      expect(read('date', text)).toBeUndefined();
    },
  );
});

describe('an epoch', () => {
  it.each([
    ['epoch-seconds', { N: '1659355200' }, '2022-08-01T12:00:00.000Z'],
    ['epoch-seconds', { N: '1659355200.1239' }, '2022-08-01T12:00:00.123Z'],
    ['epoch-seconds', { N: '1659311999.9999' }, '2022-07-31T23:59:59.999Z'],
    ['epoch-seconds', '1659355200', '2022-08-01T12:00:00.000Z'],
    ['epoch-seconds', { N: '1.6593552E9' }, '2022-08-01T12:00:00.000Z'],
    ['epoch-milliseconds', { N: '1659355200123' }, '2022-08-01T12:00:00.123Z'],
    ['epoch-milliseconds', { N: '1659355200123.9' }, '2022-08-01T12:00:00.123Z'],
    ['epoch-seconds', { N: '631152000' }, '1990-01-01T00:00:00.000Z'],
    ['epoch-seconds', { N: '4102444799' }, '2099-12-31T23:59:59.000Z'],
  ] as const)('in %s is read from %j', (format, value, createdAt) => {
    expect(read(format, value)).toBe(createdAt);
  });

  it.each([
    ['epoch-seconds', { N: '1659355200123' }],
    ['epoch-milliseconds', { N: '1659355200' }],
    ['epoch-seconds', { N: '631151999' }],
    ['epoch-seconds', { N: '4102444800' }],
    ['epoch-seconds', { N: '-1659355200' }],
    ['epoch-seconds', { N: '0' }],
    ['epoch-seconds', '2022-08-01'],
    ['epoch-seconds', ''],
  ] as const)('in %s is not read from %j, which is outside 1990 to 2100 or no number', (format, value) => {
    expect(read(format, value)).toBeUndefined();
  });
});
