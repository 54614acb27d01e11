import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RestaurantId } from '../../../src/counting/register-key.ts';
import type { TimeWindow } from '../../../src/counting/time-window.ts';
import { pairScans, type RestaurantGroup } from '../../../src/reconcile/audit/scan-pairing.ts';
import { createdAt } from '../../support/favourite-changes.ts';
import { type CountRow, NO_REVISION } from '../../../src/counting/drift.ts';
import type { CountedRegister } from '../../../src/tables/counted-favourites.ts';

const settings = { timeWindows: {}, timeZone: 'UTC', nowMs: Date.UTC(2022, 9, 1) };
const AT = createdAt('2022-08-01T00:00:00Z');
const registersOf = (...ids: readonly string[]): readonly CountedRegister[] =>
  ids.map((id) => ({ restaurantId: id as RestaurantId, createdAt: AT }));
const rowsOf = (...ids: readonly string[]): readonly CountRow[] =>
  ids.map((id) => ({
    restaurantId: id as RestaurantId,
    window: 'ALL_TIME' as TimeWindow,
    count: 1,
    rankingKey: undefined,
    expiresAt: undefined,
    revision: NO_REVISION,
  }));
const idsOf = (groups: readonly RestaurantGroup[]) => groups.map(({ restaurantId }) => restaurantId);

describe('pairing two scans', () => {
  it('returns a restaurant once both scans have passed it', () => {
    const pairing = pairScans(settings);
    pairing.addRegisters(registersOf('a', 'a', 'b'));
    expect(pairing.take()).toEqual([]);
    pairing.addRows(rowsOf('a'));
    expect(pairing.take()).toEqual([]);
    pairing.addRows(rowsOf('b', 'c'));
    expect(pairing.take()).toMatchObject([{ restaurantId: 'a', tally: new Map([['ALL_TIME', 2]]) }]);
    pairing.addRegisters(registersOf('b', 'c'));
    expect(pairing.take()).toMatchObject([{ restaurantId: 'b', tally: new Map([['ALL_TIME', 2]]) }]);
  });

  it('returns a restaurant that is missing from one scan when that scan has ended', () => {
    const pairing = pairScans(settings);
    pairing.addRegisters(registersOf('a', 'b'));
    pairing.addRows(rowsOf('b', 'ghost'));
    pairing.end('rows');
    expect(idsOf(pairing.take())).toEqual(['a']);
    pairing.end('registers');
    expect(idsOf(pairing.take())).toEqual(['b', 'ghost']);
    expect(pairing.takeAll()).toEqual([]);
  });

  it('counts a tombstone as zero, and still pairs its restaurant', () => {
    const pairing = pairScans(settings);
    pairing.addRegisters([{ restaurantId: 'a' as RestaurantId, createdAt: undefined }]);
    pairing.addRows(rowsOf('a'));
    expect(pairing.takeAll()).toMatchObject([{ restaurantId: 'a', tally: new Map() }]);
  });

  it('next reads the scan that is behind, and never a scan that has ended', () => {
    const pairing = pairScans(settings);
    expect(pairing.behind()).toBe('registers');
    pairing.addRegisters(registersOf('a', 'b'));
    expect(pairing.behind()).toBe('rows');
    pairing.addRows(rowsOf('a', 'b', 'c', 'd'));
    expect(pairing.behind()).toBe('registers');
    pairing.end('registers');
    expect(pairing.behind()).toBe('rows');
  });

  it('holds at most its maximum number of restaurants, wherever the scans are', () => {
    const pairing = pairScans(settings, 3);
    pairing.addRegisters(registersOf('a', 'b', 'c'));
    expect(pairing.take()).toEqual([]);
    pairing.addRegisters(registersOf('d'));
    expect(idsOf(pairing.take())).toEqual(['a', 'b', 'c', 'd']);
    expect(pairing.behind()).toBe('registers');
  });

  it('always returns each register and each row exactly once, in any order', () => {
    const ids = fc.constantFrom('a', 'b', 'c', 'd');
    const pages = fc.array(fc.tuple(fc.boolean(), fc.array(ids, { maxLength: 4 }), fc.boolean()));
    fc.assert(
      fc.property(pages, fc.integer({ min: 1, max: 20 }), (all, bound) => {
        const pairing = pairScans(settings, bound);
        const groups: RestaurantGroup[] = [];
        const added: Record<string, number> = {};
        for (const [isRegisters, some, takes] of all) {
          if (isRegisters) pairing.addRegisters(registersOf(...some));
          else pairing.addRows(rowsOf(...some));
          for (const id of some) {
            const name = `${isRegisters ? 'register' : 'row'} ${id}`;
            added[name] = (added[name] ?? 0) + 1;
          }
          if (takes) groups.push(...pairing.take());
        }
        groups.push(...pairing.takeAll());
        const given: Record<string, number> = {};
        for (const { restaurantId, tally, rows } of groups) {
          const counted = [...tally.values()][0] ?? 0;
          if (counted > 0)
            given[`register ${restaurantId}`] = (given[`register ${restaurantId}`] ?? 0) + counted;
          if (rows.length > 0)
            given[`row ${restaurantId}`] = (given[`row ${restaurantId}`] ?? 0) + rows.length;
        }
        expect(given).toEqual(added);
      }),
    );
  });
});
