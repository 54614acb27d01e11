/**
 * Delivers one batch of a lane until every record is answered (I5). A record is answered when the target has
 * processed it, or when the dead-letter queue has confirmed a range that contains it.
 *
 * The pipe retries failed records with backoff. With AUTOMATIC_BISECT it splits them in halves, down to
 * single records. Without it, the pipe retries everything from the first failed record on. A bisect does not
 * use up a retry: Lambda's event source mappings work like this, and the documentation of Pipes does not say.
 * Records that are too old, or that have used up their retries, go to the dead-letter queue as a range.
 */
import type { InvocationOutcome } from '../function/invocation.ts';
import { growingPauseMs } from './clock.ts';
import { deadLetterRange, failedDeliveries, type Delivery, type GivenUpCondition } from './delivery.ts';
import type { PipeContext } from './pipe-context.ts';
import { pickDropped } from './record-faults.ts';

const RETRY_PAUSE_MAX_MS = 1_000;
/** The queue runs on this machine, and rejects a message only while it restarts or when the disk is full. */
const DEAD_LETTER_PAUSE_MAX_MS = 5_000;

interface BatchDeliveryContext extends PipeContext {
  readonly shardId: string;
  /** Called once for each delivery of the batch, unless the pipe stops first. */
  readonly onAnswered: (delivery: Delivery) => void;
}

interface Part {
  readonly deliveries: readonly Delivery[];
  readonly retries: number;
  /** Failed deliveries so far, bisects included. */
  readonly failures: number;
}

/** Resolves when every record is answered, or when the pipe stops. The next run redelivers the others. */
export async function deliverBatch(batch: readonly Delivery[], context: BatchDeliveryContext): Promise<void> {
  const { kept, dropped } = pickDropped(context.faults, batch);
  for (const deliveries of dropped) {
    if (context.isStopping()) return;
    await giveUp(deliveries, 'RetryAttemptsExhausted', context);
    for (const _ of deliveries) context.faults.happened('drop');
  }
  // A stack: the first half of a bisect is on top, so that the batch stays in order.
  const parts: Part[] = kept.length === 0 ? [] : [{ deliveries: kept, retries: 0, failures: 0 }];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (part.failures > 0) await context.pause(growingPauseMs(part.failures - 1, RETRY_PAUSE_MAX_MS));
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

/** Invokes the target with one part of the batch, and returns the deliveries to retry. */
async function attempt(
  { deliveries, failures }: Part,
  context: BatchDeliveryContext,
): Promise<readonly Delivery[]> {
  const { meter, settings } = context;
  meter.batches += 1;
  meter.recordsDelivered += deliveries.length;
  meter.recordsInFlight += deliveries.length;
  if (failures > 0) meter.recordsRedelivered += deliveries.length;
  else {
    meter.firstDeliveries += 1;
    meter.firstDeliveryRecords += deliveries.length;
    meter.recordsRedelivered += deliveries.filter(({ isDuplicate }) => isDuplicate).length;
  }
  let outcome: InvocationOutcome;
  try {
    outcome = await context.invoke(deliveries.map(({ record }) => record));
  } catch (error) {
    outcome = { kind: 'error', errorType: 'InvokeFailed', errorMessage: String(error) };
  }
  meter.recordsInFlight -= deliveries.length;
  const failed = failedDeliveries(deliveries, outcome);
  const [firstFailed] = failed;
  if (firstFailed !== undefined) meter.batchesFailed += 1;
  const isRestRetried = firstFailed !== undefined && settings.onPartialBatchItemFailure === 'NONE';
  const open = isRestRetried ? deliveries.slice(deliveries.indexOf(firstFailed)) : failed;
  const again = new Set(open);
  for (const delivery of deliveries) {
    if (again.has(delivery)) continue;
    meter.recordsAnswered += 1;
    context.onAnswered(delivery);
  }
  return open;
}

/** The parts to retry, in order; empty when the retries are used up. */
function retryParts(part: Part, { settings, meter }: BatchDeliveryContext): readonly Part[] {
  const { maximumRetryAttempts: retriesMax, onPartialBatchItemFailure } = settings;
  const { deliveries, retries } = part;
  const failures = part.failures + 1;
  if (retriesMax !== 0 && onPartialBatchItemFailure === 'AUTOMATIC_BISECT' && deliveries.length > 1) {
    meter.bisects += 1;
    const middle = Math.ceil(deliveries.length / 2);
    return [deliveries.slice(0, middle), deliveries.slice(middle)].map((half) => ({
      deliveries: half,
      retries,
      failures,
    }));
  }
  if (retriesMax >= 0 && retries >= retriesMax) return [];
  return [{ deliveries, retries: retries + 1, failures }];
}

function splitByAge(deliveries: readonly Delivery[], { settings, clock }: BatchDeliveryContext) {
  const { maximumRecordAgeSeconds } = settings;
  const oldestMs =
    maximumRecordAgeSeconds < 0 ? Number.NEGATIVE_INFINITY : clock.now() - maximumRecordAgeSeconds * 1000;
  return {
    young: deliveries.filter(({ createdAtMs }) => createdAtMs >= oldestMs),
    old: deliveries.filter(({ createdAtMs }) => createdAtMs < oldestMs),
  };
}

async function giveUp(
  deliveries: readonly Delivery[],
  condition: GivenUpCondition,
  context: BatchDeliveryContext,
): Promise<void> {
  if (deliveries.length === 0) return;
  const { settings, shardId, clock } = context;
  const range = deadLetterRange({ ...settings, shardId, condition, deliveries, nowMs: clock.now() });
  for (let failures = 0; ; failures += 1) {
    try {
      await context.sendDeadLetter(JSON.stringify(range));
      break;
    } catch (error) {
      context.onProblem(
        `Cannot send a range of ${deliveries.length} records to the dead-letter queue, will retry: ` +
          String(error),
      );
      await context.pause(growingPauseMs(failures, DEAD_LETTER_PAUSE_MAX_MS));
      if (context.isStopping()) return;
    }
  }
  context.meter.deadLetterRanges += 1;
  for (const delivery of deliveries) context.onAnswered(delivery);
}
