/** Running totals of functions: their outcomes, and the metrics in their log lines. */
import { isObject, objectOrEmpty, type JsonObject } from '../json.ts';
import type { InvocationOutcome } from './invocation.ts';

export interface FunctionCounters {
  readonly invocations: number;
  /** The handler's own errors are not the runtime's timeouts and crashes. */
  readonly outcomes: Readonly<Record<InvocationOutcome['kind'], number>>;
  /** Of the workers' own threads, over the invocations that were answered. */
  readonly cpuMs: number;
  readonly durationMs: number;
  /** Of the newest such invocations, oldest first. */
  readonly durationSamplesMs: readonly number[];
  /** Sums by metric name, without those of invocations that died before they wrote them. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The newest observations of each metric in milliseconds, oldest first. */
  readonly samplesMs: Readonly<Record<string, readonly number[]>>;
}

export type FunctionMeter = ReturnType<typeof createFunctionMeter>;

/** Enough for a 99th percentile of the last minutes. */
const samplesMax = 20_000;
const durationSamplesMax = 200;

export function createFunctionMeter() {
  const outcomes = { answer: 0, error: 0, timeout: 0, crash: 0 };
  const metrics: Record<string, number> = {};
  const samplesMs: Record<string, number[]> = {};
  const durationSamplesMs: number[] = [];
  let cpuMs = 0;
  let durationMs = 0;

  return {
    noteOutcome(outcome: InvocationOutcome): void {
      outcomes[outcome.kind] += 1;
      if (outcome.kind !== 'answer') return;
      cpuMs += outcome.cpuMs;
      durationMs += outcome.durationMs;
      durationSamplesMs.push(outcome.durationMs);
      if (durationSamplesMs.length > durationSamplesMax) durationSamplesMs.shift();
    },
    /** Any log line; one without metrics changes nothing. */
    noteLine(line: string): void {
      for (const { name, unit, values } of metricsIn(line)) {
        metrics[name] = values.reduce((sum, value) => sum + value, metrics[name] ?? 0);
        if (unit !== 'Milliseconds') continue;
        const samples = (samplesMs[name] ??= []);
        samples.push(...values);
        // In one go when it is twice too long: shifting one by one would move the whole list each time.
        if (samples.length > 2 * samplesMax) samples.splice(0, samples.length - samplesMax);
      }
    },
    counters: (): FunctionCounters => ({
      invocations: Object.values(outcomes).reduce((sum, times) => sum + times, 0),
      outcomes: { ...outcomes },
      cpuMs,
      durationMs,
      durationSamplesMs: [...durationSamplesMs],
      metrics: { ...metrics },
      samplesMs: Object.fromEntries(
        Object.entries(samplesMs).map(([name, samples]) => [name, samples.slice(-samplesMax)]),
      ),
    }),
  };
}

interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
}

/** The metrics of a line in CloudWatch's embedded metric format; any other line has none. */
export function metricsIn(line: string): readonly Metric[] {
  // Most lines are logs: parsing each of them only to find this out would cost more than the metrics.
  if (!line.includes('"CloudWatchMetrics"')) return [];
  const entry = parsed(line);
  return objectsIn(objectOrEmpty(entry['_aws'])['CloudWatchMetrics'])
    .flatMap((directive) => objectsIn(directive['Metrics']))
    .flatMap(({ Name: name, Unit: unit }) => {
      if (typeof name !== 'string') return [];
      const values = [entry[name]].flat().filter((item) => typeof item === 'number');
      return [{ name, unit: typeof unit === 'string' ? unit : 'None', values }];
    });
}

function parsed(line: string): JsonObject {
  try {
    return objectOrEmpty(JSON.parse(line));
  } catch {
    return {};
  }
}

function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
