import { TransactionCanceledException, type TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { createLoadEvents, zipfOver } from '../../infra/local/console/load-events.ts';
import { createLoadGenerator } from '../../infra/local/console/load-generator.ts';
import { Gate } from '../../infra/local/replay/pace.ts';
import type { ReplayEvent } from '../../infra/local/replay/replay-write.ts';
import { restaurants } from '../../infra/local/replay/restaurant-names.ts';
import { until } from '../local/command-run.ts';

class CountingGate extends Gate {
  asked = 0;

  override pass<T>(work: () => Promise<T>): Promise<T> {
    this.asked += 1;
    return super.pass(work);
  }
}

describe('the restaurants of the console’s load', () => {
  it('have 300 different names, and neighbours in the list share neither place nor cuisine', () => {
    expect(new Set(restaurants).size).toBe(restaurants.length);
    expect(restaurants.length).toBe(300);
    const alike = restaurants.filter((name, i) => {
      const words = new Set(name.split(' '));
      return (restaurants[i + 1] ?? '').split(' ').some((word) => words.has(word));
    });
    expect(alike).toEqual([]);
  });

  it('are chosen equally often without skew; with skew the first ones are chosen most often', () => {
    const shareOfFirst = (skew: number): number => {
      const restaurantOf = zipfOver(restaurants, skew);
      const draws = Array.from({ length: 10_000 }, (_, index) => restaurantOf(index / 10_000));
      return draws.filter((name) => name === restaurants[0]).length / draws.length;
    };
    expect(shareOfFirst(0)).toBeCloseTo(1 / 300, 3);
    expect(shareOfFirst(1)).toBeCloseTo(0.16, 2);
    expect(shareOfFirst(2)).toBeCloseTo(0.61, 2);
  });

  it('are always chosen from the list, for any share and skew', () => {
    const shares = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(shares, fc.double({ min: 0, max: 2, noNaN: true }), (share, skew) => {
        expect(restaurants).toContain(zipfOver(restaurants, skew)(share));
      }),
    );
  });
});

describe('the events of the console’s load', () => {
  it('always un-mark only marked favourites, about one in four, and never overlap for one favourite', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const events = createLoadEvents({ seed, skew: 1 });
        const marked = new Set<string>();
        let unmarks = 0;
        for (let round = 0; round < 100; round += 1) {
          const batch = events.next(40, 1e12);
          expect(new Set(batch.map(keyOf)).size).toBe(batch.length);
          // The table refuses a mark that exists already.
          const written = batch.filter((event) => event.kind === 'un-mark' || !marked.has(keyOf(event)));
          for (const event of written) {
            if (event.kind === 'un-mark') {
              unmarks += 1;
              expect(marked.delete(keyOf(event))).toBe(true);
            } else marked.add(keyOf(event));
          }
          events.ended(written, { areWritten: true });
          events.ended(batch, { areWritten: false });
        }
        expect(unmarks).toBeGreaterThan(800);
        expect(unmarks).toBeLessThan(1_200);
      }),
      { numRuns: 10 },
    );
  });
});

describe('the console’s load', () => {
  const start = (send: (command: TransactWriteItemsCommand) => Promise<unknown>) => {
    const gate = new CountingGate();
    const written: ReplayEvent[] = [];
    const load = createLoadGenerator(
      { dynamoDb: { send }, tables: { favourites: 'Favourites' } },
      { seed: 1, gate, onWritten: (event) => written.push(event) },
    );
    return { gate, load, written };
  };

  it('is off at first, writes at the given rate when switched on, and stops at once', async () => {
    let sent = 0;
    const { load, written } = start(({ input }) => {
      sent += input.TransactItems?.length ?? 0;
      return Promise.resolve({});
    });
    expect(load.state()).toEqual({ rate: 0, skew: 1, rateMax: 1_000, written: 0 });
    load.set({ rate: 1_000, skew: 0.5 });
    await until(() => sent >= 100);
    load.set({ rate: 0, skew: 0.5 });
    const before = sent;
    await load.stop();
    expect(sent).toBe(before);
    expect(load.state()).toMatchObject({ rate: 0, skew: 0.5, written: sent });
    expect(written).toHaveLength(sent);
  });

  it('writes nothing while the gate is closed', async () => {
    let sent = 0;
    const { gate, load } = start(() => {
      sent += 1;
      return Promise.resolve({});
    });
    load.set({ rate: 1_000, skew: 1 });
    await until(() => sent > 0);
    await gate.closedDuring(async () => {
      const [before, waiting] = [sent, gate.asked];
      // The load starts as many batches as may run at once, and each waits at the gate.
      await until(() => gate.asked === waiting + 4);
      expect(sent).toBe(before);
    });
    const after = sent;
    await until(() => sent > after);
    await load.stop();
  });

  it('skips marks that exist already, and writes the rest of their batch', async () => {
    const sizes: number[] = [];
    const { load } = start(({ input }) => {
      const items = input.TransactItems ?? [];
      sizes.push(items.length);
      for (const { Put } of items) {
        if (Put) expect(Put.ConditionExpression).toBe('attribute_not_exists(#key)');
      }
      if (sizes.length > 1) return Promise.resolve({});
      const CancellationReasons = items.map((_, index) => ({
        Code: index === 0 ? 'ConditionalCheckFailed' : 'None',
      }));
      const message = 'cancelled';
      throw new TransactionCanceledException({ message, $metadata: {}, CancellationReasons });
    });
    load.set({ rate: 1_000, skew: 1 });
    await until(() => load.state().written > 0);
    await load.stop();
    expect(sizes[1]).toBe((sizes[0] ?? 0) - 1);
  });

  it('stops and reports the reason when it cannot write to the table', async () => {
    const { load } = start(() => Promise.reject(new Error('no such table')));
    load.set({ rate: 100, skew: 1 });
    await until(() => load.state().rate === 0);
    expect(load.state().problem).toBe('The load stopped: no such table');
    await load.stop();
  });
});

function keyOf({ restaurantId, userId }: ReplayEvent): string {
  return `${restaurantId}#${userId}`;
}
