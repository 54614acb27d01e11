/** Counts the outcomes of functions, and sums the metrics in their log lines. */
import { isObject, objectOrEmpty, type JsonObject } from '../json.ts';
import type { InvocationOutcome } from './invocation.ts';

export interface FunctionCounters {
  readonly invocations: number;
  /** `error` does not include timeouts and crashes. */
  readonly outcomes: Readonly<Record<InvocationOutcome['kind'], number>>;
  /** CPU time of the worker threads, for invocations that returned a response. */
  readonly cpuMs: number;
  /** Wall-clock time of invocations that returned a response. */
  readonly durationMs: number;
  /** Durations of the newest such invocations, oldest first. */
  readonly durationSamplesMs: readonly number[];
  /** Sums by metric name, without the metrics that crashed invocations never logged. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The newest values of each metric in milliseconds, oldest first. */
  readonly samplesMs: Readonly<Record<string, readonly number[]>>;
}

export type FunctionMeter = ReturnType<typeof createFunctionMeter>;

/** Enough for the 99th percentile of the last minutes. */
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
    /** Call for every log line. A line without metrics changes nothing. */
    noteLine(line: string): void {
      for (const { name, unit, values } of metricsIn(line)) {
        metrics[name] = values.reduce((sum, value) => sum + value, metrics[name] ?? 0);
        if (unit !== 'Milliseconds') continue;
        const samples = (samplesMs[name] ??= []);
        samples.push(...values);
        // Trim only at twice the length, because each trim moves the whole list.
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

/** The metrics of a log line in CloudWatch's embedded metric format; empty for any other line. */
export function metricsIn(line: string): readonly Metric[] {
  // Most lines have no metrics, so skip them without parsing.
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
