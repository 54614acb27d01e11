import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applyEvent, countDeltas, type Register } from '../../../src/counting/counted-favourite.ts';
import type { WindowCalendar } from '../../../src/counting/time-window.ts';
import { windowsOf } from '../../../src/counting/time-window.ts';
import { createdAt, eventFrom, position } from '../../support/favourite-changes.ts';

const FOREVER: WindowCalendar = {
  timeWindows: { MONTH: 'forever', DAY: 'forever' },
  timeZone: 'UTC',
  nowMs: 0,
};
const register = (sequence: number, created?: string): Register => ({
  position: position(sequence),
  createdAt: created === undefined ? undefined : createdAt(created),
});
const AUGUST = '2022-08-01T12:00:00Z';
const markAt = (sequence: number, created = AUGUST) => eventFrom({ sequence, mark: created });
const unmarkAt = (sequence: number) => eventFrom({ sequence, unmark: AUGUST });
const deltasOf = (prior: string | undefined, next: string | undefined, calendar = FOREVER) =>
  Object.fromEntries(
    countDeltas(
      {
        prior: prior === undefined ? undefined : createdAt(prior),
        next: next === undefined ? undefined : createdAt(next),
      },
      calendar,
    ),
  );

describe('applyEvent (I2)', () => {
  it('creates the first register for a mark or an un-mark', () => {
    expect(applyEvent(undefined, markAt(5))).toEqual({ kind: 'applied', next: register(5, AUGUST) });
    expect(applyEvent(undefined, unmarkAt(5))).toEqual({ kind: 'applied', next: register(5) });
  });

  it('replaces an older register completely', () => {
    const later = '2023-01-01T00:00:00Z';
    expect(applyEvent(register(4, AUGUST), markAt(5, later))).toEqual({
      kind: 'applied',
      next: register(5, later),
    });
    expect(applyEvent(register(4, AUGUST), unmarkAt(5))).toEqual({ kind: 'applied', next: register(5) });
    expect(applyEvent(register(4), markAt(5))).toEqual({ kind: 'applied', next: register(5, AUGUST) });
  });

  it('returns stale for a redelivery, because an equal position is not newer', () => {
    expect(applyEvent(register(5, AUGUST), markAt(5))).toEqual({ kind: 'stale' });
    expect(applyEvent(register(5), unmarkAt(5))).toEqual({ kind: 'stale' });
  });

  it('returns stale after a newer event, even if the newer event left a tombstone', () => {
    expect(applyEvent(register(6), markAt(5))).toEqual({ kind: 'stale' });
    expect(applyEvent(register(6, AUGUST), unmarkAt(5))).toEqual({ kind: 'stale' });
  });

  it('always ends with the register of the highest position, for any order and redelivery', () => {
    const history = fc.uniqueArray(
      fc.record({ sequence: fc.integer({ min: 1, max: 50 }), marks: fc.boolean() }),
      {
        selector: ({ sequence }) => sequence,
        minLength: 1,
      },
    );
    const deliveries = history.chain((events) =>
      fc
        .array(fc.constantFrom(...events))
        .chain((again) =>
          fc.shuffledSubarray([...events, ...again], { minLength: events.length + again.length }),
        )
        .map((delivered) => ({ events, delivered })),
    );
    fc.assert(
      fc.property(deliveries, ({ events, delivered }) => {
        let held: Register | undefined;
        for (const { sequence, marks } of delivered) {
          const outcome = applyEvent(held, marks ? markAt(sequence) : unmarkAt(sequence));
          if (outcome.kind === 'applied') held = outcome.next;
        }
        const [newest] = events.toSorted((a, b) => b.sequence - a.sequence);
        if (newest === undefined) throw new Error('a history has at least one event');
        expect(held).toEqual(register(newest.sequence, newest.marks ? AUGUST : undefined));
      }),
    );
  });
});

describe('countDeltas (I1)', () => {
  it('adds one to each window of a mark', () => {
    expect(deltasOf(undefined, AUGUST)).toEqual({ ALL_TIME: 1, AUG_2022: 1, '20220801': 1 });
  });

  it('subtracts one from each window in which the un-marked favourite was counted', () => {
    expect(deltasOf(AUGUST, undefined)).toEqual({ ALL_TIME: -1, AUG_2022: -1, '20220801': -1 });
  });

  it('moves a favourite between windows when its created_at changes, except shared windows', () => {
    expect(deltasOf(AUGUST, '2022-08-02T00:00:00Z')).toEqual({ '20220802': 1, '20220801': -1 });
    expect(deltasOf(AUGUST, '2022-09-01T00:00:00Z')).toEqual({
      SEP_2022: 1,
      '20220901': 1,
      AUG_2022: -1,
      '20220801': -1,
    });
    expect(deltasOf(AUGUST, '2022-08-01T23:00:00Z')).toEqual({});
  });

  it('returns no deltas if nothing changes', () => {
    expect(deltasOf(undefined, undefined)).toEqual({});
    expect(deltasOf(AUGUST, AUGUST)).toEqual({});
  });

  it('never changes a window past its retention', () => {
    const calendar = {
      timeWindows: { MONTH: 30, DAY: 1 },
      timeZone: 'UTC',
      nowMs: Date.parse('2022-08-03T00:00:00Z'),
    };
    expect(deltasOf(AUGUST, undefined, calendar)).toEqual({ ALL_TIME: -1, AUG_2022: -1 });
    expect(deltasOf(AUGUST, '2022-08-03T00:00:00Z', calendar)).toEqual({ '20220803': 1 });
  });

  it('always returns the contribution of the next register minus that of the prior register', () => {
    const moment = fc.option(
      fc
        .date({ min: new Date('2023-12-20'), max: new Date('2024-03-10'), noInvalidDate: true })
        .map((date) => date.toISOString()),
      { nil: undefined },
    );
    const retention = fc.option(fc.constantFrom<1 | 20 | 'forever'>(1, 20, 'forever'), { nil: undefined });
    fc.assert(
      fc.property(moment, moment, retention, retention, fc.nat(100), (prior, next, MONTH, DAY, day) => {
        const calendar = {
          timeWindows: { ...(MONTH === undefined ? {} : { MONTH }), ...(DAY === undefined ? {} : { DAY }) },
          timeZone: 'UTC',
          nowMs: Date.parse('2023-12-20') + day * 86_400_000,
        };
        const expected = new Map<string, number>();
        for (const [text, sign] of [
          [next, 1],
          [prior, -1],
        ] as const) {
          for (const window of text === undefined ? [] : windowsOf(createdAt(text), calendar)) {
            expected.set(window, (expected.get(window) ?? 0) + sign);
          }
        }
        const moved = [...expected].filter(([, delta]) => delta !== 0);
        expect(deltasOf(prior, next, calendar)).toEqual(Object.fromEntries(moved));
      }),
    );
  });
});
