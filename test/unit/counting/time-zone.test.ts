import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  expiresAtOf,
  isRetained,
  parseCreatedAt,
  type TimeWindow,
  windowAt,
  windowKinds,
  windowsOf,
} from '../../../src/counting/time-window.ts';
import {
  firstInstantFrom,
  instantOf,
  isTimeZone,
  localMs,
  localText,
} from '../../../src/counting/time-zone.ts';

const zones = fc.constantFrom(
  ...['UTC', 'Europe/London', 'America/Sao_Paulo', 'Pacific/Apia', 'Asia/Kathmandu', 'America/St_Johns'],
  ...['Australia/Lord_Howe', 'Antarctica/Troll', 'America/Juneau', 'Asia/Manila', 'Africa/Monrovia'],
);
const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const timesFrom = (from: string, to: string) =>
  fc
    .integer({ min: Date.parse(from) / SECOND_MS, max: Date.parse(to) / SECOND_MS })
    .map((at) => at * SECOND_MS);
/** Most of them in years in which the zones changed their clocks. */
const times = fc.oneof(
  timesFrom('1840-01-01', '2040-01-01'),
  timesFrom('0000-01-03T00:00:00Z', '9999-12-29T00:00:00Z'),
);
const allKinds = { YEAR: 'forever', MONTH: 'forever', WEEK: 'forever', DAY: 'forever' } as const;

describe('the text of a local time', () => {
  it.each([
    ['UTC', '2022-08-01T12:00:00Z', '2022-08-01T12:00:00Z'],
    ['Europe/London', '2022-08-01T12:00:00Z', '2022-08-01T13:00:00+01:00'],
    ['Europe/London', '2022-01-01T12:00:00Z', '2022-01-01T12:00:00Z'],
    ['Europe/London', '1840-06-01T12:00:00Z', '1840-06-01T11:58:45-00:01:15'],
    ['America/Sao_Paulo', '2018-11-04T02:59:59Z', '2018-11-03T23:59:59-03:00'],
    ['America/Sao_Paulo', '2018-11-04T03:00:00Z', '2018-11-04T01:00:00-02:00'],
    ['Pacific/Apia', '2011-12-30T09:59:59Z', '2011-12-29T23:59:59-10:00'],
    ['Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-31T00:00:00+14:00'],
    ['Asia/Kathmandu', '1985-12-31T18:29:59Z', '1985-12-31T23:59:59+05:30'],
    ['Asia/Kathmandu', '1985-12-31T18:30:00Z', '1986-01-01T00:15:00+05:45'],
  ])('in %s at %s is %s', (zone, instant, text) => {
    expect(localText(Date.parse(instant), '', zone)).toBe(text);
  });

  it('keeps the fraction of the second in front of the offset', () => {
    expect(localText(0, '.123456789', 'Asia/Kathmandu')).toBe('1970-01-01T05:30:00.123456789+05:30');
    expect(localText(0, '.5', 'UTC')).toBe('1970-01-01T00:00:00.5Z');
  });

  it('always reads back as the same instant', () => {
    fc.assert(
      fc.property(times, zones, (atMs, zone) => {
        const text = localText(atMs, '', zone);
        expect(parseCreatedAt(text)).toBe(text);
        // JavaScript knows no offset with seconds.
        const [, wall = '', seconds = '00'] = /^(.*[+-]\d{2}:\d{2}|.*Z)(?::(\d{2}))?$/.exec(text ?? '') ?? [];
        const sign = wall.includes('-', 'yyyy-mm-dd'.length) ? -1 : 1;
        expect(Date.parse(wall) - sign * Number(seconds) * SECOND_MS).toBe(atMs);
        expect(Date.parse(`${wall.slice(0, 'yyyy-mm-ddThh:mm:ss'.length)}Z`)).toBe(localMs(atMs, zone));
      }),
    );
  });

  it('exists in the years 0000 to 9999 of the zone', () => {
    const zone = 'America/Sao_Paulo';
    const border = (text: string, seconds: number) => localText(Date.parse(text) + seconds * 1000, '', zone);
    // Local time was 3:06:28 behind before 1914, and is 3 hours behind.
    expect(border('0000-01-01T03:06:28Z', 0)).toBe('0000-01-01T00:00:00-03:06:28');
    expect(border('0000-01-01T03:06:28Z', -1)).toBeUndefined();
    expect(border('9999-12-31T23:59:59Z', 3 * 3600)).toBe('9999-12-31T23:59:59-03:00');
    expect(border('9999-12-31T23:59:59Z', 3 * 3600 + 1)).toBeUndefined();
  });
});

describe('the first instant of a local time', () => {
  const days: readonly (readonly [zone: string, day: string, first: string])[] = [
    ['UTC', '2022-08-01', '2022-08-01T00:00:00Z'],
    ['Europe/London', '2022-08-01', '2022-07-31T23:00:00Z'],
    // The clocks went forward at midnight.
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00Z'],
    // They went back at midnight, so that the hour before it occurred twice.
    ['America/Sao_Paulo', '2018-02-18', '2018-02-18T03:00:00Z'],
    // 30 December was left out.
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00Z'],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00Z'],
    ['Pacific/Kwajalein', '1993-08-21', '1993-08-21T12:00:00Z'],
    ['Asia/Manila', '1844-12-31', '1844-12-31T15:56:08Z'],
    // At 00:01 the clocks went back to 23:01 of the day before: the day starts the first time.
    ['America/St_Johns', '1990-10-28', '1990-10-28T02:30:00Z'],
    ['Asia/Kathmandu', '1986-01-01', '1985-12-31T18:30:00Z'],
    ['Australia/Lord_Howe', '2022-04-03', '2022-04-02T13:00:00Z'],
    ['America/Juneau', '1867-10-19', '1867-10-18T08:57:41Z'],
  ];
  it.each(days)('in %s on %s is %s, and no second before it is on that day or later', (zone, day, first) => {
    const local = Date.parse(day);
    expect(new Date(firstInstantFrom(local, zone)).toISOString().replace('.000', '')).toBe(first);
    let atMs = local - 1.2 * DAY_MS;
    while (localMs(atMs, zone) < local) atMs += SECOND_MS;
    expect(new Date(atMs).toISOString().replace('.000', '')).toBe(first);
  });

  it('always is at that time or later, and the second before it is earlier', () => {
    fc.assert(
      fc.property(times, zones, (local, zone) => {
        const first = firstInstantFrom(local, zone);
        expect(localMs(first, zone)).toBeGreaterThanOrEqual(local);
        expect(localMs(first - SECOND_MS, zone)).toBeLessThan(local);
      }),
      { numRuns: 1000 },
    );
  });

  it('never is later for an earlier time', () => {
    fc.assert(
      fc.property(times, fc.nat({ max: 4 * 86_400 }), zones, (local, seconds, zone) => {
        const later = firstInstantFrom(local + seconds * SECOND_MS, zone);
        expect(firstInstantFrom(local, zone)).toBeLessThanOrEqual(later);
      }),
    );
  });

  it('is the instant of a time that the clocks show', () => {
    fc.assert(
      fc.property(times, zones, (atMs, zone) => {
        const local = localMs(atMs, zone);
        expect(instantOf(local, zone)).toBe(firstInstantFrom(local, zone));
      }),
    );
  });
});

describe('the windows of a local time', () => {
  const windowsAt = (atMs: number, timeZone: string) =>
    windowsOf(parseCreatedAt(localText(atMs, '', timeZone)) as Parameters<typeof windowsOf>[0], {
      timeWindows: allKinds,
      timeZone,
      nowMs: 0,
    });

  it('always are the current windows at that instant', () => {
    fc.assert(
      fc.property(times, zones, (atMs, zone) => {
        const current = windowKinds.map((kind) => windowAt(kind, atMs, zone));
        expect(windowsAt(atMs, zone)).toEqual(['ALL_TIME', ...current]);
      }),
    );
  });

  it('start and end with the local day, also where that starts at 01:00 or was left out', () => {
    const dayAt = (zone: string, text: string) => windowAt('DAY', Date.parse(text), zone);
    expect(dayAt('America/Sao_Paulo', '2018-11-04T02:59:59.999Z')).toBe('20181103');
    expect(dayAt('America/Sao_Paulo', '2018-11-04T03:00:00Z')).toBe('20181104');
    expect(dayAt('Pacific/Apia', '2011-12-30T09:59:59.999Z')).toBe('20111229');
    expect(dayAt('Pacific/Apia', '2011-12-30T10:00:00Z')).toBe('20111231');
  });

  it.each([
    ['America/Sao_Paulo', '20181103', '2018-11-05T03:00:00Z'],
    ['Pacific/Apia', '20111229', '2011-12-31T10:00:00Z'],
    // The day that was left out ends when it would have started.
    ['Pacific/Apia', '20111230', '2011-12-31T10:00:00Z'],
    ['Europe/London', 'AUG_2022', '2022-09-01T23:00:00Z'],
    ['Asia/Kathmandu', '1985', '1986-01-01T18:30:00Z'],
    ['America/Sao_Paulo', '99991231', '+010000-01-02T03:00:00Z'],
    ['America/Sao_Paulo', '-000001_W52', '0000-01-04T03:06:28Z'],
  ])('are kept in %s: %s until %s, for a day after its end', (timeZone, name, end) => {
    const window = name as TimeWindow;
    const timeWindows = { YEAR: 1, MONTH: 1, WEEK: 1, DAY: 1 };
    const endMs = Date.parse(end);
    const isKeptAt = (nowMs: number) => isRetained(window, { timeWindows, timeZone, nowMs });
    expect([isKeptAt(endMs - 1), isKeptAt(endMs)]).toEqual([true, false]);
    expect(expiresAtOf(window, { timeWindows, timeZone })).toBe(endMs / 1000 + 7 * 86_400);
  });
});

describe('a time zone', () => {
  it.each(['UTC', 'Europe/London', 'Asia/Kathmandu', 'Etc/GMT+5'])('may be %s', (name) => {
    expect(isTimeZone(name)).toBe(true);
  });

  it.each(['', '+02:00', '-03', 'Europe/Londn', 'Europe', 'local', 'Europe/London\n'])(
    'may not be %j',
    (name) => {
      expect(isTimeZone(name)).toBe(false);
    },
  );
});
