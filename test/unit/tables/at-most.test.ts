import { describe, expect, it } from '@jest/globals';
import { atMost } from '../../../src/tables/dynamodb/at-most.ts';

/** Work that the test completes by hand. `begun` lists it in the order in which it started. */
function manualWork() {
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const work = (name: string) => () => {
    begun.push(name);
    const end = Promise.withResolvers<string>();
    ends.set(name, end);
    return end.promise;
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { begun, ends, work, settled };
}

describe('atMost', () => {
  it('starts work in order, and never runs more work at once than it has slots', async () => {
    const { begun, ends, work, settled } = manualWork();
    const inTurn = atMost(2);
    const all = Promise.all(['a', 'b', 'c', 'd'].map((name) => inTurn(work(name))));
    await settled();
    expect(begun).toEqual(['a', 'b']);
    ends.get('b')?.resolve('B');
    await settled();
    expect(begun).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'c', 'd']) {
      ends.get(name)?.resolve(name.toUpperCase());
      await settled();
    }
    expect(await all).toEqual(['A', 'B', 'C', 'D']);
  });

  it('starts no work after a failure, and fails the waiting work with the same error', async () => {
    const { begun, ends, work, settled } = manualWork();
    const inTurn = atMost(2);
    const all = Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => inTurn(work(name))));
    await settled();
    const failure = new Error('a failed');
    ends.get('a')?.reject(failure);
    await settled();
    ends.get('b')?.resolve('B');
    expect(await all).toEqual([
      { status: 'rejected', reason: failure },
      { status: 'fulfilled', value: 'B' },
      { status: 'rejected', reason: failure },
      { status: 'rejected', reason: failure },
    ]);
    expect(begun).toEqual(['a', 'b']);
  });
});
