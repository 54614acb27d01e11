/** The loads: the real trace, or a made-up one with its shape; and Zipf 1.0 over 160,000 restaurants. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipfOver } from '../../../infra/local/console/load-events.ts';
import { seededRandom } from '../../../infra/local/emulator/random.ts';
import { markRecord, type StreamRecord, unmarkRecord } from '../../support/stream-records.ts';

export type LoadName = 'trace' | 'zipf' | 'viral';

export interface LoadEvent {
  readonly restaurantId: string;
  readonly userId: string;
  readonly isMark: boolean;
  /** When the favourite was marked; its counts are those of this time. */
  readonly createdAt: string;
}

export interface Load {
  readonly name: LoadName;
  /** What it is, for the output. */
  readonly title: string;
  readonly events: readonly LoadEvent[];
}

/** Not in the repository, because its licence does not allow that. */
const traceFile = join(import.meta.dirname, '../../../../shared/data/favourites-trace.csv');

export const ZIPF_RESTAURANTS = 160_000;
const ZIPF_UNMARK_SHARE = 0.1;
const VIRAL_SHARE = 0.5;
/** 0.7 million events a day. */
export const ZIPF_EVENTS_PER_SECOND = 8;
const ZIPF_START_MS = Date.UTC(2022, 7, 15, 12);
/** The trace has 60,222 events, 3,000 restaurants and 600 users in 23 years, and un-marks a sixth. */
const MADE_UP = { restaurants: 3_000, skew: 0.8, users: 600, unmarkShare: 0.144, days: 8_400, viralShare: 0 };

export function loadOf(name: LoadName, events: number, file = traceFile): Load {
  if (name !== 'trace') return zipf(name, events);
  if (existsSync(file)) {
    return {
      name,
      title: 'the real trace',
      events: traceEvents(readFileSync(file, 'utf8')).slice(0, events),
    };
  }
  return {
    name,
    title: 'a made-up load with the shape of the trace, because ../shared/data is not there',
    events: madeUp(events, MADE_UP),
  };
}

function traceEvents(csv: string): readonly LoadEvent[] {
  const rows = csv.trimEnd().split('\n').slice(1);
  return rows
    .flatMap((row) => {
      const [restaurantId = '', userId = '', createdAt = '', removedAt = ''] = row.split(',');
      const favourite = { restaurantId, userId, createdAt };
      const mark = { at: createdAt, event: { ...favourite, isMark: true } };
      return removedAt === '' ? [mark] : [mark, { at: removedAt, event: { ...favourite, isMark: false } }];
    })
    .toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)))
    .map(({ event }) => event);
}

function zipf(name: 'zipf' | 'viral', events: number): Load {
  const shape = {
    restaurants: ZIPF_RESTAURANTS,
    skew: 1,
    users: 5_000_000,
    unmarkShare: ZIPF_UNMARK_SHARE,
    viralShare: name === 'viral' ? VIRAL_SHARE : 0,
  };
  const days = events / ZIPF_EVENTS_PER_SECOND / 86_400;
  const title = `Zipf 1.0 over ${ZIPF_RESTAURANTS.toLocaleString('en-US')} restaurants`;
  return {
    name,
    title: name === 'viral' ? `${title}, and half of the marks for one more` : title,
    events: madeUp(events, { ...shape, days }),
  };
}

function madeUp(
  count: number,
  shape: {
    readonly restaurants: number;
    readonly skew: number;
    readonly users: number;
    readonly unmarkShare: number;
    readonly days: number;
    /** Share of the marks that one more restaurant gets. */
    readonly viralShare: number;
  },
): readonly LoadEvent[] {
  const random = seededRandom(1);
  const names = Array.from({ length: shape.restaurants }, (_, index) => `r${index + 1}`);
  const restaurantOf = zipfOver(names, shape.skew);
  const live: LoadEvent[] = [];
  const known = new Set<string>();
  const events: LoadEvent[] = [];
  while (events.length < count) {
    if (live.length > 0 && random() < shape.unmarkShare) {
      const [gone] = live.splice(Math.floor(random() * live.length), 1);
      if (gone !== undefined) events.push({ ...gone, isMark: false });
      continue;
    }
    const restaurantId = random() < shape.viralShare ? 'viral' : restaurantOf(random());
    const userId = `u${Math.floor(random() * shape.users)}`;
    // A favourite that is marked again would need its own registers; leave it out.
    if (known.has(`${restaurantId} ${userId}`)) continue;
    known.add(`${restaurantId} ${userId}`);
    const ms = ZIPF_START_MS + (events.length / count) * shape.days * 86_400_000;
    const mark = { restaurantId, userId, isMark: true, createdAt: new Date(ms).toISOString() };
    events.push(mark);
    live.push(mark);
  }
  return events;
}

/** The stream records of the events, in order. */
export function recordsOf(events: readonly LoadEvent[], startAt = 0): readonly StreamRecord[] {
  return events.map(({ restaurantId, userId, createdAt, isMark }, index) => {
    const options = { restaurantId, userId, createdAt, sequenceNumber: startAt + index + 1 };
    return isMark ? markRecord(options) : unmarkRecord(options);
  });
}

/** Marks of other restaurants, which come before a load so that V8 has optimized the code. */
export function warmUpEvents(events: number): readonly LoadEvent[] {
  const { events: all } = zipf('zipf', events);
  return all.map((event) => ({ ...event, restaurantId: `warm-up-${event.restaurantId}` }));
}

export function cut<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
