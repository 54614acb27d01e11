import { describe, expect, it } from '@jest/globals';
import { windowOption } from '../../infra/command-line/window-options.ts';
import { KnownWindows, windowsOption } from '../../infra/local/replay/known-windows.ts';
import { refusalOf } from '../../infra/local/console/problem.ts';
import { windowAt, windowKinds } from '../../src/counting/time-window.ts';

describe('the console', () => {
  const statusOf = (headers: Record<string, string>) =>
    refusalOf({ host: '127.0.0.1:8080', ...headers }, 8080)?.status;

  it.each([
    [{}],
    [{ host: 'localhost:8080' }],
    [{ origin: 'http://127.0.0.1:8080' }],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
  ])('serves %j', (headers) => {
    expect(statusOf(headers as Record<string, string>)).toBeUndefined();
  });

  it.each([
    [{ host: 'evil.example' }, 421],
    [{ host: 'evil.example:8080' }, 421],
    [{ host: '127.0.0.1' }, 421],
    [{ host: '127.0.0.1:8081' }, 421],
    [{ host: '' }, 421],
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'https://127.0.0.1:8080' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
  ])('rejects %j with %i for any path', (headers, status) => {
    expect(statusOf(headers as unknown as Record<string, string>)).toBe(status);
  });

  it('offers the current windows and each window of a favourite once', () => {
    const present = [windowAt('MONTH', Date.now(), 'UTC'), windowAt('DAY', Date.now(), 'UTC')];
    const windows = new KnownWindows({ timeWindows: { MONTH: 'forever', DAY: 'forever' }, timeZone: 'UTC' });
    for (const day of ['2022-08-01', '2022-08-01', '2022-08-31']) windows.addDate(`${day}T00:00:00.000Z`);
    for (const other of ['not a date', 'undated']) windows.addDate(other);
    expect(windows.list()).toEqual(['ALL_TIME', ...present, 'AUG_2022', '20220801', '20220831']);
    windows.addDate('2023-01-31');
    expect(windows.list().slice(-2)).toEqual(['JAN_2023', '20230131']);
  });

  it('offers windows of every kind that is counted, even if several start on the same day', () => {
    for (const kind of windowKinds) {
      const windows = new KnownWindows({ timeWindows: { [kind]: 'forever' }, timeZone: 'UTC' });
      const dates = Array.from(
        { length: 100 },
        (_, i) => new Date(Date.UTC(2022, 6, 31) + i * 4 * 3_600_000),
      );
      for (const date of dates) windows.addDate(date.toISOString());
      const expected = dates.map((date) => windowAt(kind, date.getTime(), 'UTC'));
      expect(new Set(windows.list())).toEqual(
        new Set(['ALL_TIME', windowAt(kind, Date.now(), 'UTC'), ...expected]),
      );
    }
  });
});

describe('the window options of a local run', () => {
  it('accept the names of kinds and windows', () => {
    expect(windowsOption.parse('MONTH,DAY,WEEK,YEAR')).toEqual(['MONTH', 'DAY', 'WEEK', 'YEAR']);
    expect(['2016_W30', '2016', 'ALL_TIME'].map(windowOption.parse)).toEqual([
      '2016_W30',
      '2016',
      'ALL_TIME',
    ]);
  });

  it.each(['', 'CENTURY', 'MONTH,', 'DAY,DAY', 'day'])('reject the kinds %j', (text) => {
    expect(() => windowsOption.parse(text)).toThrow(`expected some of ${windowKinds.join(',')}, each once`);
  });

  it('reject an unknown window, and name the windows that exist', () => {
    expect(() => windowOption.parse('2021_W53')).toThrow(
      'no such time window; expected one of ALL_TIME, a year',
    );
  });
});
