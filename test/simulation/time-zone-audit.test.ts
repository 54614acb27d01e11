/**
 * The audit while the windows' time zone changes: aggregators of the old and the new zone are at work, and
 * registers are re-dated, on tables that serve stale and torn reads. I1 holds for every window that both
 * zones still retain. After a repair the counts, and the expiry of their rows, are those of the new zone,
 * also of a window that the old zone no longer counted and the new one still does.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { commitChanges } from '../../src/commit/changes.ts';
import { newCommitCounters } from '../../src/commit/counters.ts';
import { differs, healOf } from '../../src/counting/drift.ts';
import { createMapping } from '../../src/counting/mapping.ts';
import { defaultSource } from '../../src/counting/source/source.ts';
import { expiresAtOf, type TimeWindow, type TimeWindowSettings } from '../../src/counting/time-window.ts';
import { choices, placeOf, type Scene, sceneOf } from '../support/audit-scenes.ts';
import { registerKeyOf } from '../support/favourite-changes.ts';
import { deliveriesOf } from '../support/histories.ts';
import { storedRegister } from '../support/memory-store.ts';
import { scheduleOf } from '../support/random-schedule.ts';
import { audit } from '../support/run-audit.ts';
import { deliverUntilHandled } from '../support/run-batches.ts';
import { markRecord, type StreamRecord, unmarkRecord } from '../support/stream-records.ts';

/** The scene is at the first instant of October. In UTC, 29 September is no longer retained then. */
const timeWindows: TimeWindowSettings = { MONTH: 'forever', DAY: 1 };
const dates = [
  // 29 and 30 September in UTC; in São Paulo, 29 September is retained for three hours more.
  ...['2022-09-29T23:30:00Z', '2022-09-30T01:00:00Z', '2022-09-30T12:00:00Z'],
  // Another day and month in London, and in São Paulo.
  ...['2022-09-30T23:30:00Z', '2022-10-01T02:00:00Z'],
] as const;
const zonePairs = [
  ['UTC', 'Europe/London'],
  ['UTC', 'America/Sao_Paulo'],
  ['Europe/London', 'America/Sao_Paulo'],
  ['America/Sao_Paulo', 'UTC'],
] as const;

interface Toggle {
  readonly restaurant: string;
  readonly user: string;
  readonly createdAt: string;
}

describe.each(zonePairs)('an audit while the time zone changes from %s to %s', (before, after) => {
  const run = fc
    .array(
      fc.record({
        restaurant: fc.constantFrom('r0', 'r1'),
        user: fc.constantFrom('u0', 'u1', 'u2'),
        createdAt: fc.constantFrom(...dates),
      }),
      { minLength: 1, maxLength: 10 },
    )
    .chain((toggles) => {
      const past = historyOf(toggles);
      return fc.record({
        past: fc.constant(past),
        /** How many were counted before the change. */
        before: fc.nat({ max: past.records.length }),
        batches: deliveriesOf(past.records),
        lanes: fc.array(fc.constantFrom(before, after), { minLength: 1, maxLength: 3 }),
        scheduler: fc.scheduler(),
        choices,
        salt: fc.option(fc.nat({ max: 1000 })),
      });
    });

  it('always keeps I1, and ends with the counts and expiries of the new zone', async () => {
    await fc.assert(
      fc.asyncProperty(run, async (options) => {
        const schedule = scheduleOf(options.scheduler, options.choices);
        const place = placeOf(2, options.salt);
        const scene = sceneOf(schedule, { timeWindows, timeZones: [before, after], place });
        const { tables, clock } = scene;
        const { records, rows } = options.past;
        const settled = async <T>(work: Promise<T>): Promise<T> => {
          await options.scheduler.waitFor(work);
          return work;
        };
        await settled(deliverUntilHandled(records.slice(0, options.before), benchOf(scene, before)));
        tables.settle();

        const auditBench = { store: tables, clock, timeWindows, timeZone: after };
        await settled(
          Promise.all([
            audit(auditBench, { totalSegments: 2 }),
            redate(scene, after, rows),
            ...options.lanes.map(async (zone, lane) => {
              const { lanes } = options;
              const batches = options.batches.filter((_, index) => index % lanes.length === lane);
              for (const batch of batches) await deliverUntilHandled(batch, benchOf(scene, zone));
            }),
          ]),
        );

        // The old aggregators are gone.
        tables.settle();
        await settled(redate(scene, after, rows));
        tables.settle();
        const repaired = await settled(audit(auditBench, { totalSegments: 2 }));
        expect(repaired).toMatchObject({ notAudited: 0, found: repaired.corrected });
        expect(tables.errors([after])).toEqual(new Map());
        expect(expiriesOf(scene, after)).toEqual([]);
        const writes = tables.auditWrites;
        const again = await settled(audit(auditBench, { totalSegments: 2 }));
        expect(again).toMatchObject({ found: 0, notAudited: 0 });
        expect(tables.auditWrites).toBe(writes);
      }),
      { numRuns: 300 },
    );
  }, 240_000);
});

/** Each toggle marks a favourite when it is absent, and un-marks it when it is present. */
function historyOf(toggles: readonly Toggle[]) {
  const rows = new Map<string, string | undefined>();
  const records = toggles.map(({ restaurant, user, createdAt }, index): StreamRecord => {
    const id = `${restaurant}#${user}`;
    const marked = rows.get(id);
    const ids = { restaurantId: restaurant, userId: user, sequenceNumber: index + 1 };
    rows.set(id, marked === undefined ? createdAt : undefined);
    return marked === undefined
      ? markRecord({ ...ids, createdAt })
      : unmarkRecord({ ...ids, createdAt: marked });
  });
  return { records, rows };
}

function benchOf({ tables, clock }: Scene, timeZone: string) {
  const mapping = createMapping(defaultSource, timeZone);
  return { mapping, store: tables.inZone(timeZone), clock, timeWindows, timeZone };
}

/** Corrects each register once, as heal does: the register is read first, and then its row. */
async function redate(
  { tables, clock }: Scene,
  timeZone: string,
  rows: ReadonlyMap<string, string | undefined>,
): Promise<void> {
  const { readRow } = createMapping(defaultSource, timeZone);
  for (const [id, createdAt] of rows) {
    const key = registerKeyOf(id);
    const register = storedRegister(tables.register(key.restaurantId, key.rowId));
    // An event that is still on its way is no drift.
    if (register === undefined || (register.createdAt === undefined) !== (createdAt === undefined)) continue;
    const row = { restaurant_id_user_id: { S: id }, ...(createdAt && { created_at: { S: createdAt } }) };
    const seen = { key, register, favourite: createdAt === undefined ? undefined : readRow(row) };
    if (!differs(seen)) continue;
    const context = {
      ...{ store: tables.inZone(timeZone), clock, random: () => 0.5, timeWindows, timeZone },
      ...{ concurrency: 1, deadlineMs: Number.POSITIVE_INFINITY, counters: newCommitCounters() },
    };
    await commitChanges([healOf(seen)], context, () => undefined);
  }
}

/** The retained rows whose expiry is not that of the time zone. */
function expiriesOf({ tables, clock }: Scene, timeZone: string): readonly string[] {
  return tables.rowIds().flatMap((id) => {
    const [restaurantId = '', window = ''] = id.split('/');
    if (!tables.isRetained(id, [timeZone])) return [];
    const expected = expiresAtOf(window as TimeWindow, { timeWindows, timeZone });
    const found = tables.row(restaurantId, window)?.expiresAt;
    return found === expected ? [] : [`${id} at ${clock.nowMs()}: ${found}, not ${expected}`];
  });
}
