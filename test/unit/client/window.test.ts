import { describe, expect, it } from '@jest/globals';
import { readWindow, readWindows } from '../../../src/client/window.ts';
import { kinds, windowAt, windowKinds } from '../../../src/counting/time-window.ts';

const nowMs = Date.UTC(2022, 7, 1, 0, 0, 0, 1);
const calendar = { timeWindows: { MONTH: 'forever', DAY: 62 }, timeZone: 'UTC', nowMs } as const;
const allTimeOnly = { timeWindows: {}, timeZone: 'UTC', nowMs };

describe('the window of a request', () => {
  it.each([
    ['ALL_TIME', 'ALL_TIME'],
    ['THIS_MONTH', 'AUG_2022'],
    ['TODAY', '20220801'],
    ['FEB_2099', 'FEB_2099'],
    ['20000229', '20000229'],
  ])('%s is parsed as %s', (name, window) => {
    expect(readWindow(name, calendar)).toBe(window);
  });

  it('changes at midnight of the time zone, which is UTC by default', () => {
    expect(readWindow('TODAY', { ...calendar, nowMs: nowMs - 2 })).toBe('20220731');
    expect(readWindow('THIS_MONTH', { ...calendar, nowMs: nowMs - 2 })).toBe('JUL_2022');
  });

  it.each([
    ['Europe/London', '2022-07-31T22:59:59.999Z', ['2022', 'JUL_2022', '2022_W30', '20220731']],
    ['Europe/London', '2022-07-31T23:00:00.000Z', ['2022', 'AUG_2022', '2022_W31', '20220801']],
    // The day begins at 01:00.
    ['America/Sao_Paulo', '2018-11-04T02:59:59.999Z', ['2018', 'NOV_2018', '2018_W44', '20181103']],
    ['America/Sao_Paulo', '2018-11-04T03:00:00.000Z', ['2018', 'NOV_2018', '2018_W44', '20181104']],
    // 30 December was left out.
    ['Pacific/Apia', '2011-12-30T09:59:59.999Z', ['2011', 'DEC_2011', '2011_W52', '20111229']],
    ['Pacific/Apia', '2011-12-30T10:00:00.000Z', ['2011', 'DEC_2011', '2011_W52', '20111231']],
    ['Pacific/Apia', '2011-12-31T10:00:00.000Z', ['2012', 'JAN_2012', '2011_W52', '20120101']],
    ['Asia/Kathmandu', '2021-12-31T18:15:00.000Z', ['2022', 'JAN_2022', '2021_W52', '20220101']],
  ])('is the local one in %s at %s', (timeZone, now, windows) => {
    const timeWindows = { YEAR: 1, MONTH: 1, WEEK: 1, DAY: 1 };
    const local = { timeWindows, timeZone, nowMs: Date.parse(now) };
    const names = ['THIS_YEAR', 'THIS_MONTH', 'THIS_WEEK', 'TODAY'];
    expect(names.map((name) => readWindow(name, local))).toEqual(windows);
    expect(readWindows(undefined, local)).toEqual(['ALL_TIME', ...windows]);
  });

  it.each([
    '',
    'all_time',
    'AUG',
    'AUG_22',
    'AUGUST_2022',
    'XXX_2022',
    '20220230',
    '2022-08-01',
    '2021_W53',
    'THIS_CENTURY',
    'ALL_TIME ',
    '#',
  ])('cannot be %j', (name) => {
    expect(() => readWindow(name, calendar)).toThrow(
      /^a window must be one of: ALL_TIME, THIS_MONTH, a month such as AUG_2022, TODAY, a day such as \d{8}$/,
    );
  });

  it('is rejected with an error that names it when its kind is not kept', () => {
    expect(() => readWindow('AUG_2022', allTimeOnly)).toThrow(
      'this deployment does not keep the window AUG_2022; expected one of: ALL_TIME',
    );
    expect(() => readWindow('THIS_YEAR', calendar)).toThrow(
      'this deployment does not keep the window 2022; expected one of: ALL_TIME, THIS_MONTH, a month',
    );
  });

  it('may have any kept kind, and is given by name or as the current one', () => {
    for (const kind of windowKinds) {
      const kept = { timeWindows: { [kind]: 400 }, timeZone: 'UTC', nowMs };
      const window = windowAt(kind, nowMs, 'UTC');
      expect([kinds[kind].current, window].map((name) => readWindow(name, kept))).toEqual([window, window]);
      expect(readWindows(undefined, kept)).toEqual(['ALL_TIME', window]);
      for (const other of windowKinds.filter((one) => one !== kind)) {
        expect(() => readWindow(windowAt(other, nowMs, 'UTC'), kept)).toThrow('does not keep the window');
        expect(() => readWindow(kinds[other].current, kept)).toThrow('does not keep the window');
      }
    }
  });
});

describe('a list of windows', () => {
  it('contains ALL_TIME and the current window of each kept kind by default', () => {
    expect(readWindows(undefined, calendar)).toEqual(['ALL_TIME', 'AUG_2022', '20220801']);
    expect(readWindows(undefined, allTimeOnly)).toEqual(['ALL_TIME']);
  });

  it('contains each window once, even if the request names it twice', () => {
    expect(readWindows(['TODAY', 'ALL_TIME', '20220801'], calendar)).toEqual(['20220801', 'ALL_TIME']);
  });

  it('has at most 100 names', () => {
    expect(
      readWindows(
        Array.from({ length: 100 }, () => 'TODAY'),
        calendar,
      ),
    ).toHaveLength(1);
    expect(() =>
      readWindows(
        Array.from({ length: 101 }, () => 'TODAY'),
        calendar,
      ),
    ).toThrow('at most 100');
  });

  it('may be empty', () => {
    expect(readWindows([], calendar)).toEqual([]);
  });

  it.each([[['']], [['ALL_TIME', '']], [['ALL_TIME', 'NEVER']], [['ALL_TIME,TODAY']]])(
    'cannot be %j',
    (names) => {
      expect(() => readWindows(names, calendar)).toThrow('one of: ALL_TIME, THIS_MONTH');
    },
  );

  it('cannot be a single text', () => {
    const text = 'ALL_TIME' as unknown as readonly string[];
    expect(() => readWindows(text, calendar)).toThrow('windows must be a list of names');
  });
});
