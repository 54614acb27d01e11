/** The parts of `npm run bench` that decide what its results mean. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import '../../support/fast-check-seed.ts';
import { Biller } from '../../bench/contenders/bill.ts';
import { cutMessages, responseOf } from '../../bench/contenders/http-messages.ts';
import { conflictAnswer, InFlight } from '../../bench/contenders/in-flight.ts';
import { recordsOf } from '../../bench/contenders/loads.ts';
import { recount, wrongCounts } from '../../bench/contenders/recount.ts';
import { hostileDeliveries } from '../../bench/contenders/schedule.ts';
import { steadyFloors } from '../../bench/contenders/steady-tables.ts';
import { applyUpdate } from '../../support/update-expression.ts';

const tables = { Counts: { keys: ['id'], indexes: [{ keys: ['rank', 'count'], projected: [] }] } };

function transaction(token: string): string {
  return JSON.stringify({
    ClientRequestToken: token,
    TransactItems: [
      {
        Update: {
          TableName: 'Counts',
          Key: { id: { S: 'r1' } },
          UpdateExpression: 'SET #rank = :rank ADD #count :one',
          ExpressionAttributeNames: { '#rank': 'rank', '#count': 'count' },
          ExpressionAttributeValues: { ':rank': { S: 'all' }, ':one': { N: '1' } },
        },
      },
    ],
  });
}

function bill(...exchanges: readonly (readonly [token: string, status: number])[]): number {
  const biller = new Biller(tables);
  for (const [token, status] of exchanges) {
    biller.add({ operation: 'TransactWriteItems', body: transaction(token), status, answer: '{}' });
  }
  return biller.bill.writeUnits;
}

describe('the bill of a contender', () => {
  it('follows the items: a new row in the index, then a row that moves in it', () => {
    expect(bill(['t1', 200])).toBe(2 + 1);
    expect(bill(['t1', 200], ['t2', 200])).toBe(3 + 2 + 2);
  });

  it('bills a cancelled transaction, which writes nothing', () => {
    expect(bill(['t1', 400], ['t2', 200])).toBe(2 + 3);
  });

  it('bills no writes for a transaction that is sent again with its token', () => {
    expect(bill(['t1', 200], ['t1', 200])).toBe(3);
  });
});

describe('cutMessages', () => {
  it('always finds the same messages, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.nat(60)), (bodies, cuts) => {
        const bytes = Buffer.concat(bodies.map((body) => responseOf('200 OK', body)));
        const found: string[] = [];
        const take = cutMessages(({ body }) => found.push(body.toString()));
        let at = 0;
        for (const length of cuts) {
          take(bytes.subarray(at, at + length));
          at += length;
        }
        take(bytes.subarray(at));
        expect(found).toEqual(bodies);
      }),
    );
  });
});

describe('the items under way', () => {
  it('refuse a transaction on one of them, until the first one has its answer', () => {
    const items = new InFlight();
    const first = items.enter(transaction('t1'));
    const second = items.enter(transaction('t2'));
    expect(second).toEqual({ kind: 'conflict', conflicting: [true] });
    expect(conflictAnswer([false, true])).toContain('[None, TransactionConflict]');
    if (first.kind === 'entered') first.leave();
    expect(items.enter(transaction('t3')).kind).toBe('entered');
  });
});

describe('the schedule', () => {
  it('loses one answer for each new batch, and delivers every tenth old one again in another cut', () => {
    const event = { restaurantId: 'r1', userId: 'u1', isMark: true, createdAt: '2022-08-01T12:00:00Z' };
    const batch = (from: number) => recordsOf([event, event, event, event], from);
    const old = Array.from({ length: 12 }, (_, index) => batch(index * 4));
    const deliveries = hostileDeliveries(old, [batch(48), batch(52)]);
    expect(deliveries.map(({ loss }) => loss)).toEqual(['once', 'always', undefined, undefined]);
    expect(deliveries[2]?.records).toEqual([...(old[0]?.slice(2) ?? []), ...(old[1]?.slice(0, 2) ?? [])]);
  });
});

describe('the recount', () => {
  it('names a count wrong if it is too high, too low, or should not be there', () => {
    const mark = { restaurantId: 'r1', userId: 'u1', isMark: true, createdAt: '2022-08-01T12:00:00Z' };
    const expected = recount([mark, { ...mark, isMark: false }, mark], () => ['ALL_TIME']);
    expect(expected).toEqual(new Map([['r1 ALL_TIME', 1]]));
    expect(wrongCounts(expected, new Map([['r1 ALL_TIME', 1]]))).toBe(0);
    expect(wrongCounts(expected, new Map([['r1 ALL_TIME', 2]]))).toBe(1);
    expect(wrongCounts(expected, new Map([['r2 ALL_TIME', 1]]))).toBe(2);
  });
});

describe('the tables in memory', () => {
  it('apply SET, ADD and REMOVE, and refuse what they do not know', () => {
    const update = (UpdateExpression: string) =>
      applyUpdate({ a: { S: 'x' } }, { UpdateExpression, ExpressionAttributeValues: { ':n': { N: '2' } } });
    expect(update('SET b = :n ADD c :n REMOVE a')).toEqual({ b: { N: '2' }, c: { N: '2' } });
    expect(() => update('SET b = b + :n')).toThrow('unexpected update expression');
  });

  it('have floors that rank exactly the first hundred', () => {
    expect(steadyFloors(100)).toMatch(/^ALL_TIME:\d+,MONTH:\d+,DAY:\d+$/);
  });
});
