import { describe, expect, it } from '@jest/globals';
import { plan, type PlanContext } from '../../../src/reconcile/plan/plan.ts';
import { InvalidReconcileInputError, parseReconcileInput } from '../../../src/reconcile/plan/input.ts';
import type { PlanInput, PlanOutput } from '../../../src/reconcile/run.ts';
import { defaultSource } from '../../../src/counting/source/source.ts';
import type { LeaseAnswer } from '../../../src/tables/reconcile-lease.ts';
import { favouritesFacts, memoryRemembered, STREAM } from '../../support/plan-tables.ts';

const NOW_MS = Date.UTC(2024, 5, 1);
const MEGABYTE = 1_048_576;

/** Plans for tables of these sizes; `taken` holds the leases that were requested. */
async function planWith(
  input: Partial<PlanInput>,
  options: Partial<PlanContext> & { sizes?: Readonly<Record<string, number>>; answer?: LeaseAnswer } = {},
) {
  const taken: unknown[] = [];
  const { sizes = {}, answer = { kind: 'taken' }, ...context } = options;
  const output = await plan(
    { runId: 'run-1', input: { mode: 'repair' }, ...input },
    {
      lease: {
        take: (asked) => {
          taken.push(asked);
          return Promise.resolve(answer);
        },
        release: () => Promise.resolve(),
      },
      describeTable: (name) =>
        Promise.resolve(favouritesFacts({ tableName: name, sizeBytes: sizes[name] ?? 0 })),
      remembered: memoryRemembered(),
      hasRegisters: () => Promise.resolve(true),
      source: defaultSource,
      streamArn: STREAM,
      nowMs: () => NOW_MS,
      newKey: () => 'key-1',
      favouritesTable: 'favourites',
      countTables: ['registers', 'counts'],
      graceMs: 300_000,
      leaseMs: 3_600_000,
      segmentBytes: 10 * MEGABYTE,
      segmentsMax: 20,
      ...context,
    },
  );
  return { output, taken };
}
const planned = (output: PlanOutput) => {
  if (output.kind !== 'planned') throw new Error(output.reason);
  return output;
};
const reasonOf = (output: PlanOutput) => (output.kind === 'busy' ? output.reason : 'planned');

describe('the plan', () => {
  it('names the run, uses the grace period of the settings, and takes the lease', async () => {
    const { output, taken } = await planWith({});
    expect(planned(output).run).toEqual({
      runId: 'run-1',
      mode: 'repair',
      graceMs: 300_000,
      startedAtMs: NOW_MS,
    });
    expect(taken).toEqual([{ owner: 'run-1', nowMs: NOW_MS, lengthMs: 3_600_000 }]);
  });

  it.each([0, 1_500])('takes a grace period of %d ms from the input', async (graceMs) => {
    const { output } = await planWith({ input: { mode: 'repair', graceMs } });
    expect(planned(output).run.graceMs).toBe(graceMs);
  });

  it.each(['repair', 'verify'])('heals both tables in mode %s, and audits them together', async (mode) => {
    const { heal, audit } = planned((await planWith({ input: { mode } })).output);
    expect(heal).toEqual([
      { table: 'favourites', segment: 0, totalSegments: 1 },
      { table: 'countedFavourites', segment: 0, totalSegments: 1 },
    ]);
    expect(audit).toEqual([{ table: 'countedFavourites', segment: 0, totalSegments: 1 }]);
  });

  it('fills the tables from Favourites in mode seed, and then audits them', async () => {
    const { heal, audit } = planned((await planWith({ input: { mode: 'seed' } })).output);
    expect(heal.map(({ table }) => table)).toEqual(['favourites']);
    expect(audit).toHaveLength(1);
  });

  it('scans no table in mode redrive, and describes none but Favourites', async () => {
    const described: string[] = [];
    const describeTable = (tableName: string) => {
      described.push(tableName);
      return Promise.resolve(favouritesFacts({ tableName }));
    };
    const { output } = await planWith({ input: { mode: 'redrive' } }, { describeTable });
    expect(planned(output)).toMatchObject({ heal: [], audit: [] });
    expect(described).toEqual(['favourites']);
  });

  it('remembers the table that it counts once it holds the lease, and never without it', async () => {
    const identity = { tableName: 'favourites', tableId: 'table-1', rowIdForm: 'user' };
    const remembered = memoryRemembered();
    const answer: LeaseAnswer = { kind: 'held', owner: 'run-0', expiresAtMs: NOW_MS };
    await planWith({}, { remembered, answer });
    expect(remembered.saved).toEqual([]);
    await planWith({}, { remembered });
    expect(remembered.saved).toEqual([identity]);
    await planWith({}, { remembered });
    expect(remembered.saved).toHaveLength(1);
  });

  it('takes no lease for a table that it must not count', async () => {
    const remembered = memoryRemembered({ tableName: 'old', tableId: 'table-0', rowIdForm: 'user' });
    const lease = {
      take: () => Promise.reject(new Error('the lease was taken')),
      release: () => Promise.resolve(),
    };
    await expect(planWith({}, { remembered, lease })).rejects.toMatchObject({ code: 'source-changed' });
    expect(remembered.saved).toEqual([]);
  });

  it('passes on that the input accepts the drift', async () => {
    const accepting = await planWith({ input: { mode: 'repair', acceptDrift: true } });
    expect(planned(accepting.output).run).toMatchObject({ acceptDrift: true });
    const { output } = await planWith({ input: { mode: 'repair', acceptDrift: false } });
    expect(planned(output).run).not.toHaveProperty('acceptDrift');
  });

  it('takes no lease when a table cannot be described, because nothing would release it', async () => {
    const taken: unknown[] = [];
    const lease = {
      take: (asked: unknown) => Promise.resolve({ kind: 'taken' as const, _: taken.push(asked) }),
      release: () => Promise.resolve(),
    };
    const describeTable = () => Promise.reject(new Error('no such table'));
    await expect(planWith({}, { describeTable, lease })).rejects.toThrow('no such table');
    expect(taken).toEqual([]);
  });
});

describe('the number of segments', () => {
  const segmentsFor = async (sizes: Readonly<Record<string, number>>) => {
    const { heal, audit } = planned((await planWith({}, { sizes })).output);
    const registers = heal.filter(({ table }) => table === 'countedFavourites');
    expect(audit).toEqual(registers);
    expect(audit.map(({ segment }) => segment)).toEqual(audit.map((_, index) => index));
    expect(new Set([...heal, ...audit].map(({ totalSegments }) => totalSegments))).toEqual(
      new Set([audit.length]),
    );
    return audit.length;
  };

  it.each([
    ['empty tables', {}, 1],
    ['a byte', { favourites: 1 }, 1],
    ['exactly one segment', { favourites: 10 * MEGABYTE }, 1],
    ['one segment and a byte', { favourites: 10 * MEGABYTE + 1 }, 2],
    [
      'the largest of the tables',
      { favourites: MEGABYTE, registers: 45 * MEGABYTE, counts: 31 * MEGABYTE },
      5,
    ],
    ['a table of counts that is larger', { counts: 55 * MEGABYTE }, 6],
    ['a terabyte', { favourites: 1024 * 1024 * MEGABYTE }, 20],
  ])('fits %s', async (_, sizes, expected) => {
    expect(await segmentsFor(sizes)).toBe(expected);
  });

  it('keeps the largest plan small', async () => {
    const { output } = await planWith({}, { sizes: { favourites: 1e15 }, segmentsMax: 100 });
    expect(planned(output).heal).toHaveLength(200);
    expect(JSON.stringify(output).length).toBeLessThan(32_768);
  });
});

describe('a run that does not start', () => {
  it('says who holds the lease, until when, and what to do', async () => {
    const answer: LeaseAnswer = { kind: 'held', owner: 'run-0', expiresAtMs: NOW_MS + 60_000 };
    const reason = reasonOf((await planWith({}, { answer })).output);
    expect(reason).toContain('Run run-0');
    expect(reason).toContain('2024-06-01T00:01:00.000Z');
    expect(reason).toContain('Start again when it has ended');
  });

  it('still says what to do when the run with the lease has ended meanwhile', async () => {
    const answer: LeaseAnswer = { kind: 'held', owner: undefined, expiresAtMs: undefined };
    expect(reasonOf((await planWith({}, { answer })).output)).toContain('Another run');
  });

  it.each([
    ['repair', 300_001],
    ['verify', 300_001],
    ['repair', [20, 300_001, 10]],
  ])('in mode %s reports that the pipe is behind by more than the grace period', async (mode, lagMs) => {
    const { output, taken } = await planWith({ input: { mode }, lagMs });
    expect(reasonOf(output)).toContain('300001 ms behind, more than the grace period of 300000 ms');
    expect(taken).toEqual([]);
  });

  it.each([
    ['repair', 300_000],
    ['repair', null],
    ['repair', []],
    ['repair', undefined],
    ['seed', 900_000],
    ['redrive', 900_000],
  ])('does not happen in mode %s with a lag of %p', async (mode, lagMs) => {
    const { output } = await planWith({ input: { mode }, ...(lagMs !== undefined && { lagMs }) });
    expect(output.kind).toBe('planned');
  });

  it('compares the lag with the grace period of the input', async () => {
    const { output } = await planWith({ input: { mode: 'repair', graceMs: 100 }, lagMs: 101 });
    expect(output.kind).toBe('busy');
  });
});

describe('the input of a run', () => {
  it.each([
    { mode: 'repair' },
    { mode: 'verify', graceMs: 0 },
    { mode: 'seed' },
    { mode: 'redrive', graceMs: 86_400_000 },
    { mode: 'repair', acceptDrift: true, acceptSource: true },
    { mode: 'seed', acceptSource: true },
    { mode: 'redrive', acceptSource: true },
  ])('may be %j', (input) => {
    expect(parseReconcileInput(input)).toEqual(input);
  });

  it.each([
    [undefined, 'expected an object'],
    [null, 'it is null, expected an object'],
    ['repair', 'expected an object'],
    [[], 'it is [], expected an object'],
    [{}, 'mode is undefined, expected one of repair, verify, seed, redrive'],
    [{ mode: 'Repair' }, 'mode is "Repair"'],
    [{ mode: 'repair', graceMs: '5' }, 'graceMs is "5", expected whole milliseconds from 0 to 86400000'],
    [{ mode: 'repair', graceMs: 1.5 }, 'graceMs is 1.5'],
    [{ mode: 'repair', graceMs: -1 }, 'graceMs is -1'],
    [{ mode: 'repair', graceMs: 86_400_001 }, 'graceMs is 86400001'],
    [{ mode: 'repair', graceMs: null }, 'graceMs is null'],
    [
      { mode: 'repair', graceMS: 5 },
      'graceMS is not known, expected mode, graceMs, acceptDrift and acceptSource',
    ],
    [{ mode: 'repair', acceptDrift: 'yes' }, 'acceptDrift is "yes", expected true or false'],
    [{ mode: 'repair', acceptSource: 1 }, 'acceptSource is 1, expected true or false'],
    [{ mode: 'seed', acceptDrift: true }, 'acceptDrift belongs to mode repair, not to seed'],
    [{ mode: 'verify', acceptSource: true }, 'acceptSource belongs to a mode that writes, not to verify'],
  ])('may not be %j', (input, issue) => {
    expect(() => parseReconcileInput(input)).toThrow(InvalidReconcileInputError);
    expect(() => parseReconcileInput(input)).toThrow(issue);
    expect(() => parseReconcileInput(input)).toThrow('Start it again with { "mode": "repair" }');
  });

  it('is rejected with an error that lists every issue', () => {
    const input = { mode: 'fix', graceMs: -1, acceptDrift: 1, acceptSource: 'x', dryRun: true };
    expect(() => parseReconcileInput(input)).toThrow(
      /mode is "fix".*graceMs is -1.*acceptDrift is 1.*acceptSource is "x".*dryRun is not known/,
    );
  });

  it('is rejected before the lease is taken, with an error that is not retried', async () => {
    const lease = {
      take: () => Promise.reject(new Error('the lease was taken')),
      release: () => Promise.resolve(),
    };
    await expect(planWith({ input: { mode: 'fix' } }, { lease })).rejects.toMatchObject({
      name: 'InvalidReconcileInput',
      code: 'invalid-reconcile-input',
    });
  });
});
