/**
 * Scenes for the audit: tables that serve stale and torn reads, a clock, and the schedule that drives both.
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Clock } from '../../src/lambda/clock.ts';
import type { TimeWindowSettings } from '../../src/counting/time-window.ts';
import type { Schedule } from './all-schedules.ts';
import { stillClock } from './run-batches.ts';
import { markRecord, unmarkRecord } from './stream-records.ts';
import { TornCounts, type TornCountsOptions } from './torn-counts.ts';
import type { AuditStore } from '../../src/reconcile/audit/store.ts';

export const AUGUST = '2022-08-01T12:00:00Z';
export const START_MS = Date.UTC(2022, 9, 1);

/** Choices for the stale reads, in order: each choice selects one of the two versions of an item. */
export const choices = fc.array(fc.nat({ max: 1 }), { minLength: 1, maxLength: 40 });

/** A clock that advances only during sleeps. */
function clockOf(schedule: Schedule): Clock {
  let nowMs = START_MS;
  return {
    nowMs: () => nowMs,
    sleep: async (ms) => {
      const dueMs = nowMs + ms;
      await schedule.pause();
      nowMs = Math.max(nowMs, dueMs);
    },
    timeout: stillClock.timeout,
  };
}

export interface Scene {
  readonly tables: TornCounts;
  readonly clock: Clock;
  readonly timeWindows: TimeWindowSettings;
}

export function sceneOf(
  schedule: Schedule,
  {
    timeWindows = {},
    ...options
  }: Partial<
    Pick<TornCountsOptions, 'timeWindows' | 'timeZones' | 'leaveOut' | 'place' | 'promptHints'>
  > = {},
): Scene {
  const clock = clockOf(schedule);
  return { tables: new TornCounts({ ...options, timeWindows, schedule, clock }), clock, timeWindows };
}

export const mark = (userId: string, sequenceNumber: number, createdAt = AUGUST) =>
  markRecord({ restaurantId: 'osteria', userId, sequenceNumber, createdAt });
export const unmark = (userId: string, sequenceNumber: number, createdAt = AUGUST) =>
  unmarkRecord({ restaurantId: 'osteria', userId, sequenceNumber, createdAt });

/** The store's methods as a plain object, so that a test can replace some of them. */
export function bound(store: AuditStore): AuditStore {
  return {
    scanRegisters: (position) => store.scanRegisters(position),
    scanCountRows: (position) => store.scanCountRows(position),
    queryRegisters: (restaurantId, options) => store.queryRegisters(restaurantId, options),
    queryCountRows: (restaurantId, options) => store.queryCountRows(restaurantId, options),
    readGuard: (restaurantId) => store.readGuard(restaurantId),
    correct: (correction, options) => store.correct(correction, options),
    hold: (restaurantId, options) => store.hold(restaurantId, options),
    release: (restaurantId, options) => store.release(restaurantId, options),
  };
}

/**
 * Without a salt, all items of a restaurant are in one segment, as on DynamoDB. With a salt, each item is in
 * any segment, in any order.
 */
export function placeOf(totalSegments: number, salt: number | null): NonNullable<TornCountsOptions['place']> {
  return (table, key) => {
    const name = salt === null ? (key.split(/[#/]/)[0] ?? '') : `${salt}${table}${key}`;
    const hash = createHash('sha256').update(name).digest();
    return { segment: hash.readUInt32BE() % totalSegments, rank: hash.toString('hex') };
  };
}
