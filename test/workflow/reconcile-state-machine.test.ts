/** Runs the state machine with scripted functions, and checks the order and the input of their calls. */
import { describe, expect, it } from '@jest/globals';
import type { InvocationOutcome } from '../../infra/local/emulator/function/invocation.ts';
import {
  createLocalWorkflow,
  type ExecutionOutcome,
} from '../../infra/local/emulator/workflow/local-workflow.ts';
import {
  type CompareInput,
  type Comparison,
  type DecideByDigestsInput,
  type DecideInput,
  type Decision,
  type Digest,
  type HealPass,
  type PlanInput,
  type PlanOutput,
  type ReconcileMode,
  type RedriveInput,
  type RedriveStep,
  type ReportInput,
  type SegmentInput,
  type SegmentStep,
  type SegmentWork,
  type SumInput,
  type SumStep,
} from '../../src/reconcile/run.ts';
import { addTotals, noTotals, type StageTotals } from '../../src/reconcile/totals.ts';
import type { RejectionReason } from '../../src/counting/rejection.ts';
import { defaultSource } from '../../src/counting/source/source.ts';
import { decide } from '../../src/reconcile/decide/decide.ts';
import { countRejections } from '../../src/reconcile/rejections.ts';
import { readDefinition } from '../support/reconcile-definition.ts';
import { comparisonOf, summed } from '../support/workflow-bench.ts';

const getMetricData = 'arn:aws:states:::aws-sdk:cloudwatch:getMetricData';
/** The largest input or output of a state that Step Functions accepts. */
const payloadBytesMax = 262_144;

interface Handlers {
  plan(input: PlanInput): PlanOutput;
  redrive(step: RedriveInput): RedriveStep;
  heal(step: SegmentInput): SegmentStep | Promise<SegmentStep>;
  digest(input: SumInput | CompareInput): SumStep | Comparison;
  decide(input: DecideInput | DecideByDigestsInput): Decision | Comparison;
  audit(step: SegmentInput): SegmentStep;
  report(input: ReportInput): unknown;
  lag(parameters: unknown): unknown;
}

interface Execution {
  readonly outcome: ExecutionOutcome;
  /** The calls in order. */
  readonly calls: readonly { readonly name: string; readonly payload: unknown }[];
  /** The states entered, in order. */
  readonly entered: readonly string[];
  /** Size of the largest output of a state. */
  readonly largestOutputBytes: number;
}

/** The usual result of a step. The first step gets no totals. */
const answer = <T extends { readonly totals?: StageTotals; readonly pass?: HealPass }>(
  step: T,
  { done = false, ...own }: Partial<StageTotals> & { readonly done?: boolean } = {},
) => ({
  ...step,
  totals: addTotals(step.totals, own),
  ...(step.pass === 'verify' && { rejections: [] }),
  done,
});
const done = <T extends { readonly totals?: StageTotals; readonly pass?: HealPass }>(
  step: T,
  own: Partial<StageTotals> = {},
) => answer(step, { ...own, done: true });
const segments = (table: SegmentWork['table'], totalSegments: number): readonly SegmentWork[] =>
  Array.from({ length: totalSegments }, (_, segment) => ({ table, segment, totalSegments }));

const modeOf = (input: unknown) => (input as { readonly mode: ReconcileMode }).mode;
const firstDigest: Digest = { key: 'key-1', rounds: [{ cells: 4096 }] };
const decisionOf = ({ compared, segments: verified }: DecideInput) => ({
  totals: verified.reduce((sum, { totals }) => addTotals(sum, totals), addTotals(compared?.totals)),
  mend: verified.filter(({ totals }) => totals.found > 0).map(({ work }) => work),
});

/** A run of two segments that finds nothing to do; tests replace some handlers. */
const quiet: Handlers = {
  plan: ({ runId, input }) => ({
    kind: 'planned',
    run: { runId, mode: modeOf(input), graceMs: 0, startedAtMs: 0 },
    heal: segments('favourites', 2),
    audit: segments('countedFavourites', 2),
    digest: ['repair', 'verify'].includes(modeOf(input)) ? firstDigest : null,
  }),
  redrive: (step) => done(step),
  digest: (input) => ('segments' in input ? comparisonOf(input) : summed(input)),
  heal: (step) => done(step),
  decide: (input) => ('segments' in input ? decisionOf(input) : input.compared),
  audit: (step) => done(step),
  report: ({ failure }) =>
    failure === undefined
      ? { reported: true }
      : { error: failure.Error, cause: `In words: ${failure.Cause ?? ''}` },
  lag: () => ({ MetricDataResults: [{ Values: [] }] }),
};

async function execute(input: unknown, handlers: Partial<Handlers> = {}): Promise<Execution> {
  const all: Readonly<Record<string, (payload: never) => unknown>> = { ...quiet, ...handlers };
  const calls: { name: string; payload: unknown }[] = [];
  const entered: string[] = [];
  let largestOutputBytes = 0;
  const call = async (name: string, payload: unknown): Promise<unknown> => {
    calls.push({ name, payload });
    return all[name]?.(payload as never);
  };
  const workflow = await createLocalWorkflow({
    settings: {
      name: 'Reconcile',
      arn: 'arn:aws:states:…:stateMachine:Reconcile',
      definition: readDefinition(),
    },
    invoke: (name, payload) => call(name, payload).then(answerOf, errorOf),
    services: { [getMetricData]: (parameters) => call('lag', parameters) },
    pauseMs: 0,
  });
  const outcome = await workflow.run(input, {
    name: 'run-1',
    onEvent: ({ kind, state, output }) => {
      if (kind === 'entered') entered.push(state);
      const bytes = Buffer.byteLength(JSON.stringify(output ?? null));
      largestOutputBytes = Math.max(largestOutputBytes, bytes);
    },
  });
  return { outcome, calls, entered, largestOutputBytes };
}

function answerOf(payload: unknown): InvocationOutcome {
  return { kind: 'answer', payload, durationMs: 1, cpuMs: 1 };
}

/** The outcome of an invocation whose handler throws. Two error names stand for a timeout and a crash. */
function errorOf(thrown: unknown): InvocationOutcome {
  const { name, message } = thrown as Error;
  return name === 'timeout' || name === 'crash'
    ? { kind: name }
    : { kind: 'error', errorType: name, errorMessage: message };
}

function errorNamed(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

const namesOf = ({ calls }: Execution): readonly string[] => calls.map(({ name }) => name);
const payloadsOf = ({ calls }: Execution, called: string): readonly unknown[] =>
  calls.filter(({ name }) => name === called).map(({ payload }) => payload);

describe('a full run', () => {
  it.each(['repair', 'verify', 'seed'] as const)(
    'of mode %s goes through every stage in order',
    async (mode) => {
      const execution = await execute({ mode, graceMs: 5 });
      expect(execution.outcome).toEqual({ kind: 'succeeded', output: { reported: true } });
      const digests = ['digest', 'digest', 'digest', 'lag', 'decide'];
      expect(namesOf(execution)).toEqual([
        'lag',
        'plan',
        'redrive',
        ...(mode === 'seed' ? [] : digests),
        'heal',
        'heal',
        'decide',
        'audit',
        'audit',
        'report',
      ]);
      expect(payloadsOf(execution, 'plan')).toEqual([
        { runId: 'run-1', lagMs: null, input: { mode, graceMs: 5 } },
      ]);
    },
  );

  it('passes each stage its work, and passes the totals of all stages to report', async () => {
    const execution = await execute(
      { mode: 'repair' },
      {
        redrive: (step) => done(step, { redriven: 7 }),
        heal: (step) =>
          done(step, { found: 1 + step.work.segment, ...(step.pass === 'mend' && { corrected: 1 }) }),
        audit: (step) => done(step, { checked: 5 }),
      },
    );
    const run = { runId: 'run-1', mode: 'repair', graceMs: 0, startedAtMs: 0 } as const;
    expect(payloadsOf(execution, 'redrive')).toEqual([{ run }]);
    expect(payloadsOf(execution, 'heal')).toEqual(
      (['verify', 'mend'] as const).flatMap((pass) =>
        segments('favourites', 2).map((work) => ({ run, work, digest: firstDigest, pass })),
      ),
    );
    const compared = { ...comparisonOf({ run, compared: { digest: firstDigest }, segments: [] }) };
    expect(payloadsOf(execution, 'decide')).toEqual([
      { run, compared, lag: { MetricDataResults: [{ Values: [] }] } },
      {
        run,
        compared,
        segments: segments('favourites', 2).map((work) => ({
          work,
          totals: { ...noTotals, found: 1 + work.segment },
          rejections: [],
        })),
      },
    ]);
    expect(payloadsOf(execution, 'report')).toEqual([
      {
        runId: 'run-1',
        run,
        redrive: { ...noTotals, redriven: 7 },
        verified: { ...noTotals, found: 3 },
        heal: [
          { ...noTotals, found: 1, corrected: 1 },
          { ...noTotals, found: 2, corrected: 1 },
        ],
        audit: [
          { ...noTotals, checked: 5 },
          { ...noTotals, checked: 5 },
        ],
      },
    ]);
  });

  it('calls a stage again until it is done, each time with its previous result', async () => {
    const execution = await execute(
      { mode: 'repair' },
      {
        redrive: (step) => answer(step, { redriven: 1, done: step.totals?.redriven === 2 }),
        audit: ({ cursor = '0', ...step }) =>
          answer({ ...step, cursor: String(Number(cursor) + 1) }, { done: cursor === '2' }),
      },
    );
    expect(execution.outcome.kind).toBe('succeeded');
    expect(payloadsOf(execution, 'redrive').map((step) => (step as RedriveInput).totals?.redriven)).toEqual([
      undefined,
      1,
      2,
    ]);
    const cursors = payloadsOf(execution, 'audit')
      .filter((step) => (step as SegmentStep).work.segment === 1)
      .map((step) => (step as SegmentStep).cursor);
    expect(cursors).toEqual([undefined, '1', '2']);
  });

  it('mends only the segments that decide names, each with its budget', async () => {
    const [, second] = segments('favourites', 2);
    const work = { ...second, uncountsMax: 17 } as SegmentWork;
    const execution = await execute(
      { mode: 'repair' },
      {
        decide: (input) =>
          'segments' in input ? { totals: { ...noTotals, found: 7 }, mend: [work] } : input.compared,
      },
    );
    const mended = payloadsOf(execution, 'heal').filter((step) => (step as SegmentStep).pass === 'mend');
    expect(mended).toEqual([{ run: expect.anything() as unknown, work, digest: firstDigest, pass: 'mend' }]);
    expect(payloadsOf(execution, 'report')).toMatchObject([{ verified: { found: 7 }, heal: [noTotals] }]);
  });

  it('looks nothing up when no cell differs', async () => {
    const execution = await execute(
      { mode: 'verify' },
      { digest: (input) => ('segments' in input ? comparisonOf(input, 'nothing') : summed(input)) },
    );
    const digests = ['digest', 'digest', 'digest'];
    expect(namesOf(execution)).toEqual([
      ...['lag', 'plan', 'redrive', ...digests, 'decide', 'audit', 'audit', 'report'],
    ]);
    expect(payloadsOf(execution, 'decide')).toMatchObject([{ segments: [] }]);
  });

  it('sums again, with the digest of the last comparison, while it asks for another round', async () => {
    let rounds = 0;
    const execution = await execute(
      { mode: 'verify' },
      {
        digest: (input) => {
          if (!('segments' in input)) return summed(input);
          rounds += 1;
          const compared = comparisonOf(input, rounds < 3 ? 'sum' : 'look');
          const digest = { key: 'key-1', rounds: [...compared.digest.rounds, { cells: 8 * rounds }] };
          return { ...compared, digest, totals: addTotals(compared.totals, { readUnits: 1 }) };
        },
      },
    );
    const cells = payloadsOf(execution, 'digest')
      .filter((payload) => 'work' in (payload as object))
      .map((payload) => (payload as SumInput).digest.rounds.map((round) => round.cells).join());
    expect(cells).toEqual(['4096', '4096', '4096,8', '4096,8', '4096,8,16', '4096,8,16']);
    expect(payloadsOf(execution, 'report')).toMatchObject([{ verified: { readUnits: 3 } }]);
  });

  it('waits while the pipe is behind, asks for the lag again, and only then looks anything up', async () => {
    let asked = 0;
    const execution = await execute(
      { mode: 'repair' },
      {
        decide: (input) => {
          if ('segments' in input) return decisionOf(input);
          asked += 1;
          const lagBetween = { from: `from-${asked}`, to: `to-${asked}` };
          const { waitSeconds: _, ...compared } = input.compared;
          return asked < 3 ? { ...compared, lagBetween, waitSeconds: 60 } : compared;
        },
      },
    );
    const order = execution.entered.filter((state) =>
      ['Ask for the lag again', 'Wait for the pipe', 'Verify a step'].includes(state),
    );
    const [ask, wait, look] = ['Ask for the lag again', 'Wait for the pipe', 'Verify a step'];
    expect(order).toEqual([ask, wait, ask, wait, ask, look, look]);
    expect(payloadsOf(execution, 'lag')).toMatchObject([
      {},
      { StartTime: '2022-08-01T11:55:00.000Z' },
      { StartTime: 'from-1', EndTime: 'to-1' },
      { StartTime: 'from-2', EndTime: 'to-2' },
    ]);
  });

  it('has no second pass when decide names no segment', async () => {
    const execution = await execute({ mode: 'repair' });
    expect(execution.entered).not.toContain('Mend');
    expect(execution.entered).toContain('Leave out mend');
    expect(payloadsOf(execution, 'report')).toMatchObject([{ verified: noTotals, heal: [] }]);
  });

  it.each(['verify', 'mend'] as const)(
    'waits as long as heal asks in the pass %s, and passes the suspects back',
    async (pass) => {
      const suspects = { digests: 'abc', seenAtMs: 1, until: 'b' };
      const execution = await execute(
        { mode: 'repair' },
        {
          plan: (input) => ({ ...quiet.plan(input), heal: segments('favourites', 1) }) as PlanOutput,
          heal: (step) => {
            if (step.pass !== pass) return done(step, { found: 1 });
            const { suspects: again, waitSeconds: _, ...settled } = step as SegmentStep;
            return again === undefined
              ? { ...answer(step, { checked: 4, found: 1 }), cursor: 'a', suspects, waitSeconds: 86_400 }
              : done(settled);
          },
        },
      );
      expect(execution.outcome.kind).toBe('succeeded');
      const [step, wait] =
        pass === 'verify'
          ? ['Verify a step', 'Wait for the grace period']
          : ['Mend a step', 'Wait for the grace period again'];
      expect(execution.entered.filter((state) => state === step || state.startsWith('Wait '))).toEqual([
        step,
        wait,
        step,
      ]);
      const [, again] = payloadsOf(execution, 'heal').filter((one) => (one as SegmentStep).pass === pass);
      expect(again).toMatchObject({ cursor: 'a', suspects, totals: { checked: 4 } });
      const counted = { checked: 4, found: 1 };
      expect(payloadsOf(execution, 'report')).toMatchObject([
        pass === 'verify' ? { verified: counted } : { heal: [counted] },
      ]);
    },
  );

  it('processes at most as many segments at once as the setting allows', async () => {
    let atOnce = 0;
    let most = 0;
    await execute(
      { mode: 'repair' },
      {
        plan: (input) => ({ ...quiet.plan(input), heal: segments('favourites', 12) }) as PlanOutput,
        heal: async (step) => {
          atOnce += 1;
          most = Math.max(most, atOnce);
          await new Promise((resolve) => setImmediate(resolve));
          atOnce -= 1;
          return done(step);
        },
      },
    );
    expect(most).toBe(3);
  });

  it('keeps the largest payloads below the limit of Step Functions', async () => {
    const names = Object.keys(noTotals) as (keyof StageTotals)[];
    // With digests the rows are counted by the sums, and not once more by heal.
    const summedUp = ['checked', 'countable', 'uncounted', 'notOurs', 'uncountable', 'registers'] as const;
    const largeSums = Object.fromEntries(
      [...summedUp, 'readUnits', 'sumWriteUnits', 'durationMs'].map((name) => [name, 123_456_789_012.5]),
    );
    const large = { ...noTotals, ...Object.fromEntries(names.map((name) => [name, 123_456_789_012.5])) };
    const reasons = [
      'unexpected-key',
      'unreadable-key',
      'key-too-long',
      'ids-disagree',
      'unreadable-created-at',
    ] as const;
    const rejection = (reason: RejectionReason) =>
      countRejections([{ kind: 'rejection', reason, detail: 'x'.repeat(1_000) }]);
    const rejectionsOf = ({ table }: SegmentWork) =>
      table === 'favourites'
        ? reasons.flatMap(rejection).map((one) => ({ ...one, count: 123_456_789_012 }))
        : [];
    const largest = { digests: 'x'.repeat(84_000), seenAtMs: 1_660_000_000_000, until: 'x'.repeat(8192) };
    const execution = await execute(
      { mode: 'repair' },
      {
        plan: (input) =>
          ({
            ...quiet.plan(input),
            heal: [...segments('favourites', 100), ...segments('countedFavourites', 100)],
            audit: segments('countedFavourites', 100),
          }) as PlanOutput,
        heal: ({ cursor, ...step }) =>
          cursor === undefined
            ? { ...answer({ ...step, cursor: 'x'.repeat(8192) }), suspects: largest, waitSeconds: 1 }
            : { ...step, cursor, totals: large, rejections: [], done: true },
        digest: (input) =>
          'segments' in input
            ? {
                ...comparisonOf(input),
                rejections: rejectionsOf({ table: 'favourites', segment: 0, totalSegments: 1 }),
              }
            : { ...summed(input), totals: largeSums, rejections: rejectionsOf(input.work) },
        decide: (input) =>
          'segments' in input
            ? decide(input, {
                source: defaultSource,
                favouritesTable: 'Favourites',
                uncountsMaxPercent: 100,
              })
            : input.compared,
        audit: (step) => done(step, large),
      },
    );
    expect(execution.outcome.kind).toBe('succeeded');
    expect(execution.largestOutputBytes).toBeLessThan(payloadBytesMax * 0.8);
  });
});

describe('a run of mode redrive', () => {
  it('reads no lag, heals and audits nothing, and ends when the queue is empty', async () => {
    const execution = await execute({ mode: 'redrive' });
    expect(execution.outcome).toEqual({ kind: 'succeeded', output: { reported: true } });
    expect(namesOf(execution)).toEqual(['plan', 'redrive', 'report']);
    expect(payloadsOf(execution, 'report')).toEqual([
      {
        runId: 'run-1',
        run: { runId: 'run-1', mode: 'redrive', graceMs: 0, startedAtMs: 0 },
        redrive: noTotals,
        verified: {},
        heal: [],
        audit: [],
      },
    ]);
  });

  it('does nothing when another run holds the lease', async () => {
    const busy = { kind: 'busy', reason: 'Run run-0 reconciles' } as const;
    const execution = await execute({ mode: 'redrive' }, { plan: () => busy });
    expect(execution.outcome).toEqual({ kind: 'succeeded', output: busy });
    expect(namesOf(execution)).toEqual(['plan']);
  });
});

describe('the lag', () => {
  const lagOf = (execution: Execution): unknown => (payloadsOf(execution, 'plan')[0] as PlanInput).lagMs;

  it('is read for the current clock hour, newest first, and passed to plan', async () => {
    const execution = await execute(
      { mode: 'repair' },
      { lag: () => ({ MetricDataResults: [{ Values: [1500, 900] }] }) },
    );
    expect(lagOf(execution)).toEqual([1500, 900]);
    const [asked] = payloadsOf(execution, 'lag') as Readonly<Record<string, string>>[];
    expect(asked).toMatchObject({
      ScanBy: 'TimestampDescending',
      MetricDataQueries: [
        { MetricStat: { Metric: { Namespace: 'FavouriteCounts', MetricName: 'Lag' }, Stat: 'Maximum' } },
      ],
    });
    expect(asked?.['StartTime']).toBe(`${asked?.['EndTime']?.slice(0, 13)}:00:00Z`);
  });

  it.each([
    ['without a value', () => ({ MetricDataResults: [{ Values: [] }] })],
    ['without a result', () => ({ MetricDataResults: [] })],
    [
      'that CloudWatch does not return',
      () => {
        throw errorNamed('CloudWatch.CloudWatchException', 'Rate exceeded');
      },
    ],
  ])('%s does not stop a run', async (_, lag) => {
    const execution = await execute({ mode: 'repair' }, { lag });
    expect(execution.outcome.kind).toBe('succeeded');
    expect(lagOf(execution)).toBeNull();
  });
});

describe('a run that cannot continue', () => {
  it('ends at once with the reason when another run holds the lease, and does not release it', async () => {
    const execution = await execute(
      { mode: 'repair' },
      { plan: () => ({ kind: 'busy', reason: 'Run run-0 reconciles' }) },
    );
    expect(execution.outcome).toEqual({
      kind: 'failed',
      error: 'ReconcileBusy',
      cause: 'Run run-0 reconciles',
    });
    expect(namesOf(execution)).toEqual(['lag', 'plan']);
  });

  it.each(['timeout', 'crash'])(
    'retries only the failed step after a %s, from its cursor',
    async (failure) => {
      let failures = 0;
      const execution = await execute(
        { mode: 'repair' },
        {
          plan: (input) => ({ ...quiet.plan(input), heal: segments('favourites', 1) }) as PlanOutput,
          heal: ({ cursor, ...step }) => {
            if (cursor === undefined) return answer({ ...step, cursor: 'a' });
            if (cursor === 'a') return answer({ ...step, cursor: 'b' });
            failures += 1;
            if (failures <= 2) throw errorNamed(failure, '');
            return done(step);
          },
        },
      );
      expect(execution.outcome.kind).toBe('succeeded');
      expect(payloadsOf(execution, 'heal').map((step) => (step as SegmentStep).cursor)).toEqual([
        undefined,
        'a',
        'b',
        'b',
        'b',
      ]);
    },
  );

  it.each(['plan', 'redrive', 'heal', 'decide', 'audit', 'report'] as const)(
    'releases the lease and fails with the cause when %s fails permanently',
    async (stage) => {
      const fails = (payload: unknown): never => {
        const { failure } = payload as ReportInput;
        if (failure !== undefined) return quiet.report(payload as ReportInput) as never;
        throw errorNamed('AccessDeniedException', 'The role may not');
      };
      const execution = await execute({ mode: 'repair' }, { [stage]: fails });
      expect(execution.outcome).toEqual({
        kind: 'failed',
        error: 'AccessDeniedException',
        cause: expect.stringMatching(/^In words: .*The role may not/),
      });
      expect(execution.calls.at(-1)).toMatchObject({
        name: 'report',
        payload: { runId: 'run-1', failure: { Error: 'AccessDeniedException' } },
      });
    },
  );

  it('fails after a limited number of attempts when a stage always times out', async () => {
    const execution = await execute(
      { mode: 'repair' },
      {
        redrive: () => {
          throw errorNamed('timeout', '');
        },
      },
    );
    expect(execution.outcome).toMatchObject({ kind: 'failed', error: 'Sandbox.Timedout' });
    expect(payloadsOf(execution, 'redrive')).toHaveLength(9);
  });

  it('fails with its own cause even when the lease cannot be released', async () => {
    const broken = (): never => {
      throw errorNamed('AccessDeniedException', 'The lease cannot be written');
    };
    const execution = await execute(
      { mode: 'repair' },
      {
        report: broken,
        audit: () => {
          throw errorNamed('ValidationException', 'The first failure');
        },
      },
    );
    expect(execution.outcome).toMatchObject({
      kind: 'failed',
      error: 'ValidationException',
      cause: expect.stringContaining('The first failure'),
    });
  });

  it.each([['a text'], [null], [{}]])('passes any input to plan, such as %j', async (input) => {
    const execution = await execute(input, {
      plan: () => {
        throw errorNamed('InvalidReconcileInput', 'The input is invalid');
      },
    });
    expect(payloadsOf(execution, 'plan')).toEqual([{ runId: 'run-1', lagMs: null, input }]);
    expect(execution.outcome).toMatchObject({ kind: 'failed', error: 'InvalidReconcileInput' });
  });
});
