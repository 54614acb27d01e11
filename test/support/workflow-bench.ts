/**
 * Runs the state machine of the synthesized template in the interpreter, with handlers that the test scripts.
 */
import type { InvocationOutcome } from '../../infra/local/emulator/function/invocation.ts';
import { PropertyReader } from '../../infra/local/emulator/stack/property-reader.ts';
import { alwaysIgnored, type StackContext } from '../../infra/local/emulator/stack/resource-kind.ts';
import { stateMachine } from '../../infra/local/emulator/stack/state-machine.ts';

import {
  createLocalReconcile,
  type Reconcile,
  reconcileServices,
} from '../../infra/local/local-reconcile.ts';
import {
  createLocalWorkflow,
  type LocalWorkflow,
} from '../../infra/local/emulator/workflow/local-workflow.ts';
import type { StateMachineSettings } from '../../infra/local/emulator/workflow/states.ts';
import { decide, decideByDigests } from '../../src/reconcile/decide/decide.ts';
import { defaultSource } from '../../src/counting/source/source.ts';
import { reportRun } from '../../src/reconcile/report/report.ts';
import {
  type CompareInput,
  type Comparison,
  type DecideByDigestsInput,
  type DecideInput,
  type ReportInput,
  type SegmentInput,
  type SegmentStep,
  type SegmentWork,
  type SumInput,
  type SumStep,
} from '../../src/reconcile/run.ts';
import { addTotals, type StageTotals } from '../../src/reconcile/totals.ts';
import { resourceNamed, type SynthesizedTemplate } from './synthesized-template.ts';

export type Stage = 'Plan' | 'Redrive' | 'Digest' | 'Heal' | 'Decide' | 'Audit' | 'Report';
/** Returns the handler's result, or throws to fail the invocation. */
export type Play = (payload: never, call: number) => unknown;

export interface WorkflowBench {
  readonly workflow: LocalWorkflow;
  readonly reconcile: Reconcile;
  /** Every invocation, in order. */
  readonly calls: readonly { readonly stage: Stage; readonly payload: unknown }[];
}

export const lambdaError = (errorType: string, errorMessage: string): InvocationOutcome => ({
  kind: 'error',
  errorType,
  errorMessage,
});
export const timedOut: InvocationOutcome = { kind: 'timeout' };
export const crashed: InvocationOutcome = { kind: 'crash' };

export async function machineOf(template: SynthesizedTemplate): Promise<StateMachineSettings> {
  const { name, properties } = resourceNamed(template, 'AWS::StepFunctions::StateMachine');
  const ignored = { ...alwaysIgnored, ...stateMachine.ignoredProperties };
  const used = Object.entries(properties).filter(([key]) => !Object.hasOwn(ignored, key));
  const reader = new PropertyReader(Object.fromEntries(used), name);
  const context = { namePrefix: 'Stack', region: 'eu-west-1', accountId: '111122223333' } as StackContext;
  const { part } = await stateMachine.make({ logicalId: name, properties: reader }, context);
  reader.done();
  if (part?.kind !== 'state-machine') throw new Error(`${name} is not a state machine`);
  return part.settings;
}

export async function createWorkflowBench(options: {
  readonly settings: StateMachineSettings;
  readonly plays: Readonly<Partial<Record<Stage, Play>>>;
  readonly lagMs?: number;
}): Promise<WorkflowBench> {
  const calls: { readonly stage: Stage; readonly payload: unknown }[] = [];
  const workflow = await createLocalWorkflow({
    settings: options.settings,
    // The template refers to it as `ReconcilePlanFunction.Arn`.
    invoke: async (functionName, payload) => {
      const stage = /^Reconcile(\w+)Function\.Arn$/.exec(functionName)?.[1] as Stage;
      calls.push({ stage, payload });
      const play = { ...defaultPlays, ...options.plays }[stage];
      const call = calls.filter((other) => other.stage === stage).length;
      const answer = await play(payload as never, call);
      return isOutcome(answer) ? answer : { kind: 'answer', payload: answer, durationMs: 1, cpuMs: 1 };
    },
    services: reconcileServices(() => options.lagMs),
    pauseMs: 0,
  });
  return { workflow, reconcile: createLocalReconcile(workflow), calls };
}

function isOutcome(answer: unknown): answer is InvocationOutcome {
  return (
    answer === timedOut ||
    answer === crashed ||
    (typeof answer === 'object' && answer !== null && 'errorType' in answer)
  );
}

export const segments = (table: SegmentWork['table'], count: number): readonly SegmentWork[] =>
  Array.from({ length: count }, (_, segment) => ({ table, segment, totalSegments: count }));

export const stepDone = (step: SegmentInput, totals: Partial<StageTotals> = {}): SegmentStep => ({
  ...step,
  totals: addTotals(step.totals, totals),
  ...(step.pass === 'verify' && { rejections: [] }),
  done: true,
});

/** A segment whose sums are written under its own name. */
export const summed = (step: SumInput): SumStep => ({
  ...step,
  sums: `${step.work.table}-${step.work.segment}`,
  totals: {},
  rejections: [],
  done: true,
});

/** The end of a round, after which the suspects are looked up. */
export const comparisonOf = (
  { compared, segments: summedUp }: CompareInput,
  next: Comparison['next'] = 'look',
): Comparison => ({
  next,
  digest: compared.digest,
  totals: summedUp.reduce((sum, { totals }) => addTotals(sum, totals), addTotals(compared.totals)),
  rejections: [],
  onOneSide: 0,
  suspectShare: 0.01,
  lagBetween: { from: '2022-08-01T11:55:00.000Z', to: '2022-08-01T12:00:00.000Z' },
});

interface PlanInput {
  readonly runId: string;
  readonly input: { readonly mode: string; readonly graceMs?: number };
}

const defaultPlays: Readonly<Record<Stage, (payload: never, call: number) => unknown>> = {
  Plan: ({ runId, input }: PlanInput) => ({
    kind: 'planned',
    run: { runId, mode: input.mode, graceMs: input.graceMs ?? 0, startedAtMs: 1 },
    heal: segments('favourites', 2),
    audit: segments('countedFavourites', 2),
    digest: ['repair', 'verify'].includes(input.mode) ? { key: 'key-1', rounds: [{ cells: 4096 }] } : null,
  }),
  Redrive: (step: SegmentInput) => stepDone(step),
  Digest: (input: SumInput | CompareInput) => ('segments' in input ? comparisonOf(input) : summed(input)),
  Heal: (step: SegmentInput) => stepDone(step),
  // The real use-cases of decide and report run, so that they also check their inputs.
  Decide: playDecide,
  Audit: (step: SegmentInput) => stepDone(step),
  Report: (input: ReportInput) => playReport(input),
};

function playDecide(input: DecideInput | DecideByDigestsInput): unknown {
  const context = { source: defaultSource, favouritesTable: 'Favourites', uncountsMaxPercent: 20 };
  try {
    if (!('segments' in input)) return decideByDigests(input, { ...context, nowMs: 0 });
    return decide(input, context);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return lambdaError(error.name, error.message);
  }
}

/** Runs the report's use-case and adds the lease that it releases to `released`. */
export async function playReport(input: ReportInput, released: string[] = []): Promise<unknown> {
  const lease = {
    take: () => Promise.reject(new Error('the report must not take a lease')),
    release: (runId: string) => {
      released.push(runId);
      return Promise.resolve();
    },
  };
  try {
    return await reportRun(input, { lease, emit: () => {} });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return lambdaError(error.name, error.message);
  }
}
