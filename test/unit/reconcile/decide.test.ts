/** Which runs decide stops, with which message, and which segments it lists. */
import { describe, expect, it } from '@jest/globals';
import type { RejectionReason } from '../../../src/counting/rejection.ts';
import { defaultSource, type Source } from '../../../src/counting/source/source.ts';
import { decide } from '../../../src/reconcile/decide/decide.ts';
import { SeedStoppedError, TooMuchDriftError } from '../../../src/reconcile/errors.ts';
import { addRejections, countRejections } from '../../../src/reconcile/rejections.ts';
import {
  type DecideInput,
  type Decision,
  type ReconcileMode,
  type RejectionCount,
} from '../../../src/reconcile/run.ts';
import { addTotals, type StageTotals } from '../../../src/reconcile/totals.ts';

interface Options {
  readonly mode?: ReconcileMode;
  readonly acceptDrift?: boolean;
  readonly source?: Source;
  readonly uncountsMaxPercent?: number;
  readonly rejections?: readonly RejectionCount[];
}

const work = { table: 'favourites', segment: 0, totalSegments: 2 } as const;
const other = { table: 'favourites', segment: 1, totalSegments: 2 } as const;

function inputOf(totals: readonly Partial<StageTotals>[], options: Options): DecideInput {
  const { mode = 'repair', acceptDrift, rejections = [] } = options;
  return {
    run: {
      runId: 'run-1',
      mode,
      graceMs: 0,
      startedAtMs: 0,
      ...(acceptDrift !== undefined && { acceptDrift }),
    },
    segments: totals.map((some, segment) => ({
      work: segment === 0 ? work : other,
      totals: addTotals(some),
      rejections: segment === 0 ? rejections : [],
    })),
  };
}

function decideFor(
  totals: Partial<StageTotals> | readonly Partial<StageTotals>[],
  options: Options = {},
): Decision {
  const { source = defaultSource, uncountsMaxPercent = 20 } = options;
  const all = Array.isArray(totals)
    ? (totals as readonly Partial<StageTotals>[])
    : [totals as Partial<StageTotals>];
  return decide(inputOf(all, options), { source, favouritesTable: 'Favs', uncountsMaxPercent });
}

function messageOf(totals: Partial<StageTotals>, options: Options = {}): string {
  try {
    decideFor(totals, options);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('decide let it pass');
}

/** As verify counts un-counts: each is a difference that was found. */
const drift = (
  uncounts: number,
  registers: number,
  some: Partial<StageTotals> = {},
): Partial<StageTotals> => ({
  uncounts,
  found: uncounts,
  registers,
  countable: Math.max(1, registers - uncounts),
  ...some,
});
const rejected = (
  reason: RejectionReason,
  count: number,
  detail = 'expected this, found that',
): RejectionCount => ({
  reason,
  count,
  detail,
});

describe('a repair', () => {
  it.each([
    ['stops', 'above a hundred and above one in five', drift(101, 504)],
    ['goes on', 'above a hundred, and exactly one in five', drift(101, 505)],
    ['goes on', 'exactly a hundred, however large a share', drift(100, 101)],
    ['goes on', 'exactly one in five of many', drift(2_000, 10_000)],
    ['stops', 'one more than one in five of many', drift(2_001, 10_000)],
  ])('%s with un-counts %s', (verdict, _, totals) => {
    const run = () => decideFor(totals);
    if (verdict === 'stops') expect(run).toThrow(TooMuchDriftError);
    else expect(run).not.toThrow();
  });

  it('judges the sum of all segments, not each one', () => {
    const half = { ...drift(60, 250), countable: 190 };
    expect(() => decideFor(half)).not.toThrow();
    expect(() => decideFor([half, half])).toThrow('the repair would take 120 of 500 counted favourites');
  });

  it('takes its limit from the setting', () => {
    expect(() => decideFor(drift(300, 1_000), { uncountsMaxPercent: 30 })).not.toThrow();
    expect(() => decideFor(drift(301, 1_000), { uncountsMaxPercent: 30 })).toThrow('30 %');
    expect(() => decideFor(drift(999, 1_000), { uncountsMaxPercent: 100 })).not.toThrow();
  });

  it.each([1, 100, 1_000_000])('is always stopped when %d registers count and no row does', (registers) => {
    const totals = drift(registers, registers, { countable: 0 });
    expect(() => decideFor(totals, { uncountsMaxPercent: 100 })).toThrow(
      `${registers} favourites are counted, but no row of Favourites counts`,
    );
  });

  it('is not stopped by empty tables, or by tables without a difference', () => {
    expect(decideFor({})).toMatchObject({ mend: [] });
    // An eventually consistent scan may miss rows that count. Nothing was found, so nothing is corrected.
    expect(decideFor({ registers: 2 })).toMatchObject({ mend: [] });
  });

  it('is not stopped if its input accepts the drift', () => {
    const totals = drift(1_000, 1_000, { countable: 0 });
    expect(() => decideFor(totals, { acceptDrift: false })).toThrow(TooMuchDriftError);
    expect(decideFor(totals, { acceptDrift: true }).mend).toHaveLength(1);
  });

  it('is not stopped by changes of dates', () => {
    expect(decideFor(drift(0, 1_000, { found: 1_000 })).mend).toHaveLength(1);
  });

  it('mends only segments with differences, each within what was found, plus max(10, 1 %)', () => {
    const totals = [drift(3, 100_000, { found: 5 }), drift(0, 100_000)];
    expect(decideFor(totals).mend).toEqual([{ ...work, uncountsMax: 13 }]);
    expect(decideFor(drift(999, 100_000)).mend).toEqual([{ ...work, uncountsMax: 1_009 }]);
    expect(decideFor(drift(5_000, 100_000)).mend).toEqual([{ ...work, uncountsMax: 5_050 }]);
  });

  it('answers with the totals of all segments', () => {
    const { totals } = decideFor([drift(1, 50, { checked: 7 }), drift(2, 60, { checked: 8 })]);
    expect(totals).toMatchObject({ uncounts: 3, registers: 110, checked: 15 });
  });
});

describe('a verify', () => {
  it('is never stopped, and mends nothing', () => {
    expect(decideFor(drift(1_000, 1_000, { countable: 0 }), { mode: 'verify' }).mend).toEqual([]);
  });
});

describe('a seed', () => {
  const seed = { mode: 'seed' } as const;

  it.each([
    [{ countable: 40, uncountable: 40 }, false],
    [{ countable: 40, uncountable: 41 }, true],
    [{ countable: 20, uncounted: 20, uncountable: 40 }, false],
    [{ countable: 1, notOurs: 1_000_000 }, false],
    [{ countable: 1, notOurs: 100, uncountable: 2 }, true],
    [{ countable: 0, uncounted: 5 }, true],
    [{ countable: 0, notOurs: 5 }, true],
    [{}, true],
  ])('of %j stops: %p', (totals, isStopped) => {
    const run = () => decideFor(totals, seed);
    if (isStopped) expect(run).toThrow(SeedStoppedError);
    else expect(run().mend).toEqual([work]);
  });

  it('seeds only the segments with rows that count', () => {
    expect(decideFor([{ countable: 5 }, { notOurs: 9 }], seed).mend).toEqual([work]);
  });
});

describe('the error of decide', () => {
  it('has the numbers, the four shares, the reasons with their forms, and what to do', () => {
    const totals = { countable: 300, uncounted: 99, notOurs: 1, uncountable: 600 };
    const rejections = [
      rejected('unreadable-created-at', 500, 'expected a date as rfc3339 in created_at, found S 99.99.9999'),
      rejected('ids-disagree', 100),
    ];
    expect(messageOf(totals, { mode: 'seed', rejections })).toBe(
      'The seed did not begin: most rows of Favourites are rejected. Heal and audit changed nothing. Of ' +
        'the 1000 rows of table Favs 300 (30 %) count, 99 (10 %) do not count, 1 (less than 1 %) are other ' +
        'kinds of item, and 600 (60 %) are rejected, for these reasons: 500 unreadable-created-at (for ' +
        'example: expected a date as rfc3339 in created_at, found S 99.99.9999), 100 ids-disagree (for ' +
        'example: expected this, found that). Perhaps the setting source describes these attributes ' +
        'wrongly: correct it and deploy. Then start the seed again.',
    );
  });

  it('of a repair says that nothing was changed, and how to accept it', () => {
    const message = messageOf(drift(300, 1_000, { countable: 700 }));
    expect(message).toMatch(
      /^Too much drift: the repair would take 300 of 1000 counted favourites out .*, more than the 20 %/,
    );
    expect(message).toContain('Heal and audit changed nothing.');
    expect(message).toContain('start the repair again with { "mode": "repair", "acceptDrift": true }');
  });

  it.each<readonly [string, Partial<StageTotals>, Source | undefined, string]>([
    [
      'an empty table',
      {},
      undefined,
      'a deployment without existingFavourites gives the stack an empty table',
    ],
    [
      'rows that are rejected',
      { uncountable: 9 },
      undefined,
      'the setting source describes these attributes wrongly',
    ],
    [
      'rows of other kinds',
      { notOurs: 9 },
      undefined,
      'no row has a key like restaurant_id_user_id = {restaurant}#{user}',
    ],
    [
      'rows that do not count',
      { uncounted: 9 },
      { ...defaultSource, countedWhen: { attribute: '_deleted', notEquals: true } },
      'the condition countedWhen of the setting source is wrong: compare it with _deleted',
    ],
    [
      'other rows',
      { countable: 9 },
      undefined,
      'Favs is another table than the one that was counted, or an older copy',
    ],
  ])('suspects what fits: %s', (_, rows, source, suspicion) => {
    const totals = drift(1_000, 1_000, { countable: 0, ...rows });
    expect(messageOf(totals, source === undefined ? {} : { source })).toContain(suspicion);
  });
});

describe('the reasons of rejections', () => {
  const of = (reason: RejectionReason, detail: string = reason) => ({
    kind: 'rejection' as const,
    reason,
    detail,
  });

  it('are counted, the commonest first, each with its first example', () => {
    const first = countRejections([of('ids-disagree', 'a'), of('key-too-long'), of('key-too-long', 'b')]);
    expect(addRejections(first, countRejections([of('ids-disagree', 'c'), of('ids-disagree', 'd')]))).toEqual(
      [
        { reason: 'ids-disagree', count: 3, detail: 'a' },
        { reason: 'key-too-long', count: 2, detail: 'key-too-long' },
      ],
    );
  });

  it('are at most five, each of at most a hundred characters', () => {
    const reasons: readonly RejectionReason[] = [
      ...(['unexpected-key', 'unreadable-key', 'key-too-long', 'unreadable-restaurant'] as const),
      ...(['ids-disagree', 'unreadable-condition', 'unreadable-created-at'] as const),
    ];
    const counted = countRejections(reasons.map((reason) => of(reason, 'x'.repeat(5_000))));
    expect(counted).toHaveLength(5);
    for (const { detail } of counted) expect(detail).toHaveLength(100);
    expect(JSON.stringify(counted).length).toBeLessThan(900);
  });
});
