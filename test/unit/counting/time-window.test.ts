import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  ALL_TIME,
  type CreatedAt,
  expiresAtOf,
  formatTimeWindowSettings,
  isKept,
  isRetained,
  kinds,
  parseCreatedAt,
  parseTimeWindow,
  parseTimeWindowSettings,
  spanOf,
  type TimeWindow,
  type TimeWindowSettings,
  titleOf,
  windowAt,
  windowExamples,
  windowKinds,
  windowsOf,
} from '../../../src/counting/time-window.ts';

const FOREVER: TimeWindowSettings = { MONTH: 'forever', DAY: 'forever' };
const window = (text: string) => text as TimeWindow;
const createdAt = (text: string): CreatedAt => {
  const parsed = parseCreatedAt(text);
  if (parsed === undefined) throw new Error(`${text} is not a created_at`);
  return parsed;
};
const windowsAt = (text: string, nowMs = 0, settings = FOREVER) =>
  windowsOf(createdAt(text), { timeWindows: settings, timeZone: 'UTC', nowMs });

/** Any moment of the years 0000 to 9999, as JavaScript prints it. */
const moments = fc
  .date({
    min: new Date('0000-01-01T00:00:00.000Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  })
  .map((date) => date.toISOString());
const retentions = fc.oneof(fc.constant('forever' as const), fc.integer({ min: 1, max: 999_999 }));
const settingsOf: fc.Arbitrary<TimeWindowSettings> = fc.record(
  Object.fromEntries(windowKinds.map((kind) => [kind, retentions])),
  { requiredKeys: [] },
);
const kindsOfWindow = fc.constantFrom(...windowKinds);

describe('created_at', () => {
  it.each([
    '2022-08-01T12:00:00Z',
    '2022-08-01T12:00:00.1Z',
    '2022-08-01T12:00:00.123456789Z',
    '2022-12-31T23:59:59.999Z',
    '0000-01-01T00:00:00Z',
    '0099-12-31T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '2024-02-29T00:00:00Z',
    '2000-02-29T00:00:00Z',
    '0004-02-29T00:00:00Z',
    '0000-02-29T00:00:00Z',
    '2022-08-01T14:00:00.5+02:00',
    '2022-08-01T09:00:00-03:00',
    '1900-01-01T00:00:00+05:41:16',
  ])('%s is accepted and kept unchanged', (text) => {
    expect(parseCreatedAt(text)).toBe(text);
  });

  it.each([
    ['29 February of a common year', '2023-02-29T00:00:00Z'],
    ['29 February of 1900, no leap year', '1900-02-29T00:00:00Z'],
    ['29 February of 0100, no leap year', '0100-02-29T00:00:00Z'],
    ['30 February', '2024-02-30T00:00:00Z'],
    ['31 April', '2022-04-31T00:00:00Z'],
    ['day 0', '2022-08-00T00:00:00Z'],
    ['day 32', '2022-08-32T00:00:00Z'],
    ['month 0', '2022-00-01T00:00:00Z'],
    ['month 13', '2022-13-01T00:00:00Z'],
    ['hour 24', '2022-08-01T24:00:00Z'],
    ['minute 60', '2022-08-01T12:60:00Z'],
    ['second 60', '2022-08-01T12:00:60Z'],
    ['an offset of 60 minutes', '2022-08-01T12:00:00+00:60'],
    ['an offset without a colon', '2022-08-01T12:00:00+0200'],
    ['no zone', '2022-08-01T12:00:00'],
    ['a lower-case z', '2022-08-01T12:00:00z'],
    ['a space instead of the T', '2022-08-01 12:00:00Z'],
    ['a decimal point without digits', '2022-08-01T12:00:00.Z'],
    ['ten fractional digits', '2022-08-01T12:00:00.1234567890Z'],
    ['a date alone', '2022-08-01'],
    ['a year of five digits', '12022-08-01T12:00:00Z'],
    ['a sign', '+2022-08-01T12:00:00Z'],
    ['a space at the start', ' 2022-08-01T12:00:00Z'],
    ['a line break at the end', '2022-08-01T12:00:00Z\n'],
    ['an empty text', ''],
    ['a number', 1_659_355_200_000],
    ['nothing', undefined],
    ['null', null],
    ['a Date', new Date(0)],
  ])('is rejected with %s', (_, text) => {
    expect(parseCreatedAt(text)).toBeUndefined();
  });

  it('always accepts the form that JavaScript prints', () => {
    fc.assert(fc.property(moments, (text) => expect(parseCreatedAt(text)).toBe(text)));
  });
});

describe('the windows of a favourite', () => {
  it('are ALL_TIME, its month and its day', () => {
    expect(windowsAt('2022-08-01T12:00:00Z')).toEqual(['ALL_TIME', 'AUG_2022', '20220801']);
  });

  it.each([
    ['01', 'JAN'],
    ['02', 'FEB'],
    ['03', 'MAR'],
    ['04', 'APR'],
    ['05', 'MAY'],
    ['06', 'JUN'],
    ['07', 'JUL'],
    ['08', 'AUG'],
    ['09', 'SEP'],
    ['10', 'OCT'],
    ['11', 'NOV'],
    ['12', 'DEC'],
  ])('name month %s %s', (month, name) => {
    expect(windowsAt(`2022-${month}-09T00:00:00Z`)).toEqual(['ALL_TIME', `${name}_2022`, `2022${month}09`]);
  });

  it('change exactly at midnight UTC, to the nanosecond', () => {
    expect(windowsAt('2023-12-31T23:59:59.999999999Z')).toEqual(['ALL_TIME', 'DEC_2023', '20231231']);
    expect(windowsAt('2024-01-01T00:00:00Z')).toEqual(['ALL_TIME', 'JAN_2024', '20240101']);
  });

  it('always have four digits for the year', () => {
    expect(windowsAt('0000-02-29T00:00:00Z')).toEqual(['ALL_TIME', 'FEB_0000', '00000229']);
    expect(windowsAt('0099-12-31T00:00:00Z')).toEqual(['ALL_TIME', 'DEC_0099', '00991231']);
    expect(windowsAt('9999-12-31T23:59:59Z')).toEqual(['ALL_TIME', 'DEC_9999', '99991231']);
  });

  it('include only kinds that are kept', () => {
    expect(windowsAt('2022-08-01T12:00:00Z', 0, {})).toEqual(['ALL_TIME']);
    expect(windowsAt('2022-08-01T12:00:00Z', 0, { DAY: 'forever' })).toEqual(['ALL_TIME', '20220801']);
    expect(windowsAt('2022-08-01T12:00:00Z', 0, { MONTH: 'forever' })).toEqual(['ALL_TIME', 'AUG_2022']);
  });

  it('leave out windows past the retention of their kind, but always include ALL_TIME', () => {
    const settings = { MONTH: 30, DAY: 2 };
    const at = (now: string) => windowsAt('2022-08-01T12:00:00Z', Date.parse(now), settings);
    expect(at('2022-08-03T23:59:59.999Z')).toEqual(['ALL_TIME', 'AUG_2022', '20220801']);
    expect(at('2022-08-04T00:00:00.000Z')).toEqual(['ALL_TIME', 'AUG_2022']);
    expect(at('2022-09-30T23:59:59.999Z')).toEqual(['ALL_TIME', 'AUG_2022']);
    expect(at('2022-10-01T00:00:00.000Z')).toEqual(['ALL_TIME']);
    expect(at('9999-12-31T00:00:00.000Z')).toEqual(['ALL_TIME']);
  });

  it('always have names that parse back, and never depend on the time of day', () => {
    fc.assert(
      fc.property(moments, (text) => {
        const windows = windowsAt(text);
        expect(windows[0]).toBe(ALL_TIME);
        expect(windows).toHaveLength(3);
        for (const name of windows) expect(parseTimeWindow(name)).toBe(name);
        expect(windowsAt(`${text.slice(0, 11)}00:00:00Z`)).toEqual(windows);
      }),
    );
  });
});

describe('a kind of window', () => {
  it('is year, month, ISO week or day, longest first', () => {
    const settings = { DAY: 'forever', WEEK: 'forever', MONTH: 'forever', YEAR: 'forever' } as const;
    expect(windowsAt('2022-08-01T12:00:00Z', 0, settings)).toEqual([
      'ALL_TIME',
      '2022',
      'AUG_2022',
      '2022_W31',
      '20220801',
    ]);
  });

  it('has names for requests, messages and people', () => {
    expect(windowKinds.map((kind) => kinds[kind].current)).toEqual(
      expect.arrayContaining(['THIS_YEAR', 'THIS_MONTH', 'THIS_WEEK', 'TODAY']),
    );
    expect(windowExamples).toMatch(/^ALL_TIME, a year such as 2022, .*, a day such as 20220801/);
    expect(
      ['ALL_TIME', '2022', 'AUG_2022', '2020_W05', '20220801'].map((name) => titleOf(window(name))),
    ).toEqual(['All time', '2022', 'August 2022', 'Week 5 of 2020', '1 August 2022']);
  });

  // The expected weeks come from Python's date.isocalendar().
  it.each([
    ['2021-01-01', '2020_W53'],
    ['2021-01-03', '2020_W53'],
    ['2021-01-04', '2021_W01'],
    ['2018-12-31', '2019_W01'],
    ['2019-12-30', '2020_W01'],
    ['2020-12-27', '2020_W52'],
    ['2024-12-30', '2025_W01'],
    ['2022-01-02', '2021_W52'],
    ['2016-02-29', '2016_W09'],
    ['0001-01-01', '0001_W01'],
    ['0099-12-31', '0099_W53'],
    ['9999-12-31', '9999_W52'],
    ['0000-01-02', '-000001_W52'],
  ])('gives %s the ISO week %s', (day, week) => {
    expect(windowsAt(`${day}T23:59:59Z`, 0, { WEEK: 'forever' })).toEqual(['ALL_TIME', week]);
  });

  it('always has windows that cover exactly the instants they name, without gaps or overlaps', () => {
    fc.assert(
      fc.property(kindsOfWindow, moments, (kind, text) => {
        const atMs = Date.parse(text);
        const name = windowAt(kind, atMs, 'UTC');
        const span = spanOf(name);
        if (span === undefined) throw new Error(`${name} was rejected`);
        expect(span.kind).toBe(kind);
        expect(span.startMs).toBeLessThanOrEqual(atMs);
        expect(span.endMs).toBeGreaterThan(atMs);
        // The first and last instants belong to the window; the instants just outside belong to others.
        for (const insideMs of [span.startMs, span.endMs - 1])
          expect(windowAt(kind, insideMs, 'UTC')).toBe(name);
        const [first, last] = [Date.parse('0000-01-03T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')];
        if (span.startMs > first) {
          expect(spanOf(windowAt(kind, span.startMs - 1, 'UTC'))).toMatchObject({
            kind,
            endMs: span.startMs,
          });
        }
        if (span.endMs <= last) {
          expect(spanOf(windowAt(kind, span.endMs, 'UTC'))).toMatchObject({ kind, startMs: span.endMs });
        }
      }),
    );
  });

  it('never gives a window a name that another kind accepts', () => {
    fc.assert(
      fc.property(kindsOfWindow, moments, (kind, text) => {
        const name = windowAt(kind, Date.parse(text), 'UTC');
        expect(windowKinds.filter((other) => kinds[other].pattern.test(name))).toEqual([kind]);
        expect(windowKinds.filter((other) => isKept(name, { [other]: 1 }))).toEqual([kind]);
      }),
    );
  });

  it('never gives two windows the same title', () => {
    fc.assert(
      fc.property(kindsOfWindow, moments, kindsOfWindow, moments, (kind, text, other, otherText) => {
        const names = [
          windowAt(kind, Date.parse(text), 'UTC'),
          windowAt(other, Date.parse(otherText), 'UTC'),
        ];
        expect(new Set(names.map(titleOf)).size).toBe(new Set(names).size);
      }),
    );
  });
});

describe('retention', () => {
  it.each([
    ['20220801', { DAY: 1 }, '2022-08-03T00:00:00Z'],
    ['20240228', { DAY: 1 }, '2024-03-01T00:00:00Z'],
    ['20231231', { DAY: 400 }, '2025-02-04T00:00:00Z'],
    ['AUG_2022', { MONTH: 1 }, '2022-09-02T00:00:00Z'],
    ['FEB_2024', { MONTH: 1 }, '2024-03-02T00:00:00Z'],
    ['DEC_2023', { MONTH: 31 }, '2024-02-01T00:00:00Z'],
    ['2022_W31', { WEEK: 1 }, '2022-08-09T00:00:00Z'],
    ['2020_W53', { WEEK: 3 }, '2021-01-07T00:00:00Z'],
    ['2022', { YEAR: 1 }, '2023-01-02T00:00:00Z'],
    ['2024', { YEAR: 366 }, '2026-01-02T00:00:00Z'],
    ['DEC_0098', { MONTH: 1 }, '0099-01-02T00:00:00Z'],
    ['00990101', { DAY: 1 }, '0099-01-03T00:00:00Z'],
  ])('of %s with %j ends exactly at %s', (name, settings: TimeWindowSettings, end) => {
    const endMs = Date.parse(end);
    expect(isRetained(window(name), { timeWindows: settings, timeZone: 'UTC', nowMs: endMs - 1 })).toBe(true);
    expect(isRetained(window(name), { timeWindows: settings, timeZone: 'UTC', nowMs: endMs })).toBe(false);
  });

  it('never ends for ALL_TIME and windows kept forever, and is over for a kind that is not kept', () => {
    const nowMs = Date.parse('9999-12-31T23:59:59Z');
    expect(isRetained(window('20220801'), { timeWindows: FOREVER, timeZone: 'UTC', nowMs })).toBe(true);
    expect(isRetained(ALL_TIME, { timeWindows: { DAY: 1, MONTH: 1 }, timeZone: 'UTC', nowMs })).toBe(true);
    expect(
      isRetained(window('20220801'), { timeWindows: { MONTH: 'forever' }, timeZone: 'UTC', nowMs: 0 }),
    ).toBe(false);
    expect(
      isRetained(window('AUG_2022'), { timeWindows: { DAY: 'forever' }, timeZone: 'UTC', nowMs: 0 }),
    ).toBe(false);
  });

  it('includes future windows, because an application’s clock may be ahead', () => {
    expect(isRetained(window('20990101'), { timeWindows: { DAY: 1 }, timeZone: 'UTC', nowMs: 0 })).toBe(true);
  });

  it('sets expires_at to a week after the retention ends, in epoch seconds', () => {
    expect(expiresAtOf(window('20220801'), { timeWindows: { DAY: 1 }, timeZone: 'UTC' })).toBe(
      Date.parse('2022-08-10T00:00:00Z') / 1000,
    );
    expect(expiresAtOf(window('AUG_2022'), { timeWindows: { MONTH: 30 }, timeZone: 'UTC' })).toBe(
      Date.parse('2022-10-08T00:00:00Z') / 1000,
    );
    expect(expiresAtOf(window('2022_W31'), { timeWindows: { WEEK: 7 }, timeZone: 'UTC' })).toBe(
      Date.parse('2022-08-22T00:00:00Z') / 1000,
    );
    expect(expiresAtOf(window('2022'), { timeWindows: { YEAR: 31 }, timeZone: 'UTC' })).toBe(
      Date.parse('2023-02-08T00:00:00Z') / 1000,
    );
  });

  it('sets no expiry for ALL_TIME, for windows kept forever, or for kinds that are not kept', () => {
    expect(expiresAtOf(window('20220801'), { timeWindows: FOREVER, timeZone: 'UTC' })).toBeUndefined();
    expect(expiresAtOf(ALL_TIME, { timeWindows: { DAY: 1, MONTH: 1 }, timeZone: 'UTC' })).toBeUndefined();
    expect(expiresAtOf(window('20220801'), { timeWindows: { MONTH: 1 }, timeZone: 'UTC' })).toBeUndefined();
  });

  it('never lets TTL delete a row while events may still change its window', () => {
    const secondsAfterExpiry = fc.integer({ min: 0, max: 30 * 86_400 });
    fc.assert(
      fc.property(moments, settingsOf, secondsAfterExpiry, (text, settings, seconds) => {
        for (const name of windowsAt(text, -1e15, settings)) {
          const expiresAt = expiresAtOf(name, { timeWindows: settings, timeZone: 'UTC' }) ?? Number.NaN;
          const nowMs = (expiresAt + seconds) * 1000;
          expect(
            Number.isNaN(nowMs) || !isRetained(name, { timeWindows: settings, timeZone: 'UTC', nowMs }),
          ).toBe(true);
        }
      }),
    );
  });
});

describe('the name of a window', () => {
  it.each([
    'ALL_TIME',
    ...['2022', '0000', '9999'],
    ...['AUG_2022', 'FEB_0000'],
    ...['2022_W31', '2020_W53', '9999_W52', '-000001_W52'],
    ...['20220801', '20240229', '99991231'],
  ])('%s is accepted', (text) => {
    expect(parseTimeWindow(text)).toBe(text);
  });

  it.each([
    '',
    'all_time',
    'ALL_TIME ',
    'AUG_22',
    'aug_2022',
    'AUG-2022',
    'ABC_2022',
    'WEEK_2022',
    '202',
    '02022',
    '-2022',
    '202208',
    '2022_W00',
    '2021_W53',
    '2020_W54',
    '2022_W1',
    '2022W31',
    '2022-W31',
    '-000001_W53',
    '-000002_W01',
    '-0001_W52',
    '20220800',
    '20221301',
    '20230229',
    '20220801Z',
    '2022080١',
    '__proto__',
    'AUG_2022\n',
  ])("'%s' is rejected", (text) => {
    expect(parseTimeWindow(text)).toBeUndefined();
  });
});

describe('time window settings', () => {
  it.each<[string, TimeWindowSettings]>([
    ['', {}],
    ['MONTH:forever,DAY:400', { MONTH: 'forever', DAY: 400 }],
    ['DAY:1', { DAY: 1 }],
    ['MONTH:999999', { MONTH: 999_999 }],
    ['YEAR:forever,MONTH:1,WEEK:2,DAY:3', { DAY: 3, WEEK: 2, MONTH: 1, YEAR: 'forever' }],
  ])("'%s' is parsed into the settings, and written back", (text, settings) => {
    expect(parseTimeWindowSettings(text)).toEqual(settings);
    expect(formatTimeWindowSettings(settings)).toBe(text);
  });

  it('are accepted in any order', () => {
    expect(parseTimeWindowSettings('DAY:7,MONTH:forever')).toEqual({ MONTH: 'forever', DAY: 7 });
  });

  it.each([
    ['an unknown kind', 'CENTURY:forever', "'CENTURY:forever'"],
    ['the name of an inherited property', 'constructor:1', "'constructor:1'"],
    ['lower-case letters', 'day:1', "'day:1'"],
    ['ALL_TIME, which is always kept', 'ALL_TIME:forever', "'ALL_TIME:forever'"],
    ['a kind twice', 'DAY:1,DAY:2', "'DAY:2'"],
    ['a kind twice, for ever', 'DAY:forever,DAY:forever', "'DAY:forever'"],
    ['no retention', 'DAY', "'DAY'"],
    ['two retentions', 'DAY:1:2', "'DAY:1:2'"],
    ['a comma at the end', 'DAY:1,', "''"],
    ['an empty retention', 'DAY:', "'DAY:'"],
    ['zero days', 'DAY:0', "'DAY:0'"],
    ['a sign', 'DAY:-1', "'DAY:-1'"],
    ['half a day', 'DAY:1.5', "'DAY:1.5'"],
    ['an exponent', 'DAY:1e3', "'DAY:1e3'"],
    ['a space', 'DAY: 1', "'DAY: 1'"],
    ['seven digits', 'DAY:1000000', "'DAY:1000000'"],
    ['another word', 'MONTH:ever', "'MONTH:ever'"],
  ])('with %s are rejected with an error that quotes the entry', (_, text, quoted) => {
    expect(() => parseTimeWindowSettings(text)).toThrow(RangeError);
    expect(() => parseTimeWindowSettings(text)).toThrow(quoted);
  });

  it('always parse back unchanged', () => {
    fc.assert(
      fc.property(settingsOf, (settings) => {
        expect(parseTimeWindowSettings(formatTimeWindowSettings(settings))).toEqual(settings);
      }),
    );
  });
});

describe('a damaged created_at', () => {
  it('counts only in ALL_TIME', () => {
    const damaged = 'garbage' as Parameters<typeof windowsOf>[0];
    expect(
      windowsOf(damaged, { timeWindows: { MONTH: 'forever', DAY: 'forever' }, timeZone: 'UTC', nowMs: 0 }),
    ).toEqual(['ALL_TIME']);
  });
});
