/**
 * One batch of a lane, until each of its records is answered or in a dead-letter range (I5).
 *
 * What failed comes again after a growing pause: with AUTOMATIC_BISECT in halves, down to single records; without it
 * everything from the first failed record on. Halving does not use up a retry (as for Lambda's stream mappings; the
 * documents of Pipes leave it open). A part whose retries are used up, and records that are too old, are given up: the range
 * must be confirmed by the queue before the records count as answered.
 */
import type { FaultPlan } from '../faults/fault-plan.ts';
import { pickDropped } from '../faults/lost-records.ts';
import type { InvocationOutcome } from '../function/local-function.ts';
import { failedDeliveries } from './answer.ts';
import type { Clock } from './clock.ts';
import { deadLetterRange, type GivenUpCondition } from './dead-letter-range.ts';
import type { Delivery } from './delivery.ts';
import type { PipeMeter } from './pipe-meter.ts';
import type { PipeSettings } from './pipe-settings.ts';
import type { Signal } from './signal.ts';

/** First pause after a failure and the longest one. AWS does not tell its own; short, so that runs with faults stay fast. */
const RETRY_PAUSE_FIRST_MS = 20;
const RETRY_PAUSE_MAX_MS = 1_000;
/** The queue is on this machine: when it does not take a message, something is being restarted or is full. */
const DEAD_LETTER_PAUSE_MAX_MS = 5_000;

export interface BatchDeliveryContext {
  readonly settings: PipeSettings;
  readonly shardId: string;
  readonly clock: Clock;
  readonly counters: PipeMeter;
  readonly faults: FaultPlan;
  readonly invoke: (records: readonly unknown[]) => Promise<InvocationOutcome>;
  readonly sendDeadLetter: (body: string) => Promise<void>;
  /** Called once for each delivery of the batch, unless the pipe stops first. */
  readonly onAnswered: (delivery: Delivery) => void;
  readonly onProblem: (message: string) => void;
  readonly isStopping: () => boolean;
  /** Notified when the pipe stops, to cut pauses short. */
  readonly stopped: Signal;
}

interface Part {
  readonly deliveries: readonly Delivery[];
  readonly retries: number;
  /** Failures on the way to this part. */
  readonly failures: number;
}

/** Resolves when all is answered, or the pipe stops: what is open then is delivered again after the next start. */
export async function deliverBatch(batch: readonly Delivery[], context: BatchDeliveryContext): Promise<void> {
  const { kept, dropped } = pickDropped(context.faults, batch);
  for (const deliveries of dropped) {
    if (context.isStopping()) return;
    await giveUp(deliveries, 'RetryAttemptsExhausted', context);
    for (const _ of deliveries) context.faults.happened('drop');
  }
  /** Last in, first out, the first half on top: the order of the batch is kept. */
  const parts: Part[] = kept.length === 0 ? [] : [{ deliveries: kept, retries: 0, failures: 0 }];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (part.failures > 0) await pause(retryPauseMs(part.failures, RETRY_PAUSE_MAX_MS), context);
    if (context.isStopping()) return;
    const { young, old } = splitByAge(part.deliveries, context);
    await giveUp(old, 'RecordAgeExceeded', context);
    if (young.length === 0) continue;
    const failed = await attempt({ ...part, deliveries: young }, context);
    if (failed.length === 0) continue;
    const next = retryParts({ ...part, deliveries: failed }, context);
    if (next.length === 0) await giveUp(failed, 'RetryAttemptsExhausted', context);
    parts.push(...next.toReversed());
  }
}

/** Hands the part to the target; returns what must come again. */
async function attempt(part: Part, context: BatchDeliveryContext): Promise<readonly Delivery[]> {
  const { counters, settings } = context;
  const { deliveries } = part;
  counters.batches += 1;
  counters.recordsDelivered += deliveries.length;
  counters.recordsInFlight += deliveries.length;
  if (part.failures > 0) counters.recordsRedelivered += deliveries.length;
  else {
    counters.firstDeliveries += 1;
    counters.firstDeliveryRecords += deliveries.length;
    counters.recordsRedelivered += deliveries.filter(({ isDuplicate }) => isDuplicate).length;
  }
  let outcome: InvocationOutcome;
  try {
    outcome = await context.invoke(deliveries.map(({ record }) => record));
  } catch (error) {
    outcome = { kind: 'error', errorType: 'InvokeFailed', errorMessage: String(error) };
  }
  counters.recordsInFlight -= deliveries.length;
  const failed = failedDeliveries(deliveries, outcome);
  if (failed.length > 0) counters.batchesFailed += 1;
  const open =
    settings.onPartialBatchItemFailure === 'AUTOMATIC_BISECT' ? failed : fromFirstOf(failed, deliveries);
  const again = new Set(open);
  for (const delivery of deliveries) {
    if (again.has(delivery)) continue;
    counters.recordsAnswered += 1;
    context.onAnswered(delivery);
  }
  return open;
}

function fromFirstOf(failed: readonly Delivery[], deliveries: readonly Delivery[]): readonly Delivery[] {
  const first = failed[0];
  return first === undefined ? [] : deliveries.slice(deliveries.indexOf(first));
}

/** In the order of their delivery; none: the retries are used up. */
function retryParts(part: Part, { settings, counters }: BatchDeliveryContext): readonly Part[] {
  const { maximumRetryAttempts: retriesMax } = settings;
  const failures = part.failures + 1;
  if (
    retriesMax !== 0 &&
    settings.onPartialBatchItemFailure === 'AUTOMATIC_BISECT' &&
    part.deliveries.length > 1
  ) {
    counters.bisects += 1;
    const middle = Math.ceil(part.deliveries.length / 2);
    return [part.deliveries.slice(0, middle), part.deliveries.slice(middle)].map((deliveries) => ({
      deliveries,
      retries: part.retries,
      failures,
    }));
  }
  if (retriesMax >= 0 && part.retries >= retriesMax) return [];
  return [{ ...part, retries: part.retries + 1, failures }];
}

function splitByAge(deliveries: readonly Delivery[], { settings, clock }: BatchDeliveryContext) {
  const { maximumRecordAgeSeconds } = settings;
  if (maximumRecordAgeSeconds < 0) return { young: deliveries, old: [] };
  const oldestMs = clock.now() - maximumRecordAgeSeconds * 1000;
  const young = deliveries.filter(({ createdAtMs }) => createdAtMs >= oldestMs);
  if (young.length === deliveries.length) return { young, old: [] };
  return { young, old: deliveries.filter(({ createdAtMs }) => createdAtMs < oldestMs) };
}

async function giveUp(
  deliveries: readonly Delivery[],
  condition: GivenUpCondition,
  context: BatchDeliveryContext,
): Promise<void> {
  if (deliveries.length === 0) return;
  const { pipeArn, streamArn } = context.settings;
  const range = deadLetterRange({
    pipeArn,
    streamArn,
    shardId: context.shardId,
    condition,
    deliveries,
    nowMs: context.clock.now(),
  });
  const body = JSON.stringify(range);
  for (let failures = 0; ; ) {
    try {
      await context.sendDeadLetter(body);
      break;
    } catch (error) {
      failures += 1;
      context.onProblem(
        `The dead-letter queue did not take a range of ${deliveries.length} records, trying again: ${String(error)}`,
      );
      await pause(retryPauseMs(failures, DEAD_LETTER_PAUSE_MAX_MS), context);
      if (context.isStopping()) return;
    }
  }
  context.counters.deadLetterRanges += 1;
  for (const delivery of deliveries) context.onAnswered(delivery);
}

function retryPauseMs(failures: number, maxMs: number): number {
  return Math.min(maxMs, RETRY_PAUSE_FIRST_MS * 2 ** Math.min(failures - 1, 20));
}

async function pause(pauseMs: number, { isStopping, stopped }: BatchDeliveryContext): Promise<void> {
  if (!isStopping()) await stopped.wait(pauseMs);
}
