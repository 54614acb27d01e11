/** What the functions of a run did, added up: their outcomes, and the metrics in their lines. */
import type { InvocationOutcome } from './invocation.ts';

export interface FunctionCounters {
  readonly invocations: number;
  /** By what became of them; the handler's own errors are not the runtime's timeouts and crashes. */
  readonly outcomes: Readonly<Record<InvocationOutcome['kind'], number>>;
  /** Of the workers' own threads, in invocations that were answered. */
  readonly cpuMs: number;
  readonly durationMs: number;
  /** Of the newest of those invocations, oldest first. */
  readonly durationSamplesMs: readonly number[];
  /** Sums by metric name. What an invocation did before it died is not in them. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The newest observations of each metric in milliseconds, oldest first. */
  readonly samplesMs: Readonly<Record<string, readonly number[]>>;
}

export interface FunctionMeter {
  noteOutcome(outcome: InvocationOutcome): void;
  /** Any line; those that are no metrics are passed over. */
  noteLine(line: string): void;
  counters(): FunctionCounters;
}

/** Enough for a 99th percentile of the last minutes. */
const samplesMax = 20_000;
const durationSamplesMax = 200;

export function createFunctionMeter(): FunctionMeter {
  const outcomes = { answer: 0, error: 0, timeout: 0, crash: 0 };
  const metrics: Record<string, number> = {};
  const samplesMs: Record<string, number[]> = {};
  const durationSamplesMs: number[] = [];
  let cpuMs = 0;
  let durationMs = 0;

  return {
    noteOutcome(outcome) {
      outcomes[outcome.kind] += 1;
      if (outcome.kind !== 'answer') return;
      cpuMs += outcome.cpuMs;
      durationMs += outcome.durationMs;
      durationSamplesMs.push(outcome.durationMs);
      if (durationSamplesMs.length > durationSamplesMax) durationSamplesMs.shift();
    },
    noteLine(line) {
      for (const { name, unit, values } of metricsIn(line)) {
        metrics[name] = values.reduce((sum, value) => sum + value, metrics[name] ?? 0);
        if (unit !== 'Milliseconds') continue;
        const samples = (samplesMs[name] ??= []);
        samples.push(...values);
        // In one go when it is twice too long: shifting one by one would move the whole list each time.
        if (samples.length > 2 * samplesMax) samples.splice(0, samples.length - samplesMax);
      }
    },
    counters: () => ({
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

/** The metrics of a line in CloudWatch's embedded metric format; none in any other line. */
export function metricsIn(line: string): readonly Metric[] {
  // Most lines are logs; parsing each of them only to find this out would cost more than the metrics.
  if (!line.includes('"CloudWatchMetrics"')) return [];
  const entry = parsed(line);
  const directives = listOf(memberOf(memberOf(entry, '_aws'), 'CloudWatchMetrics'));
  return directives
    .flatMap((directive) => listOf(memberOf(directive, 'Metrics')))
    .flatMap((definition) => {
      const [name, unit] = [memberOf(definition, 'Name'), memberOf(definition, 'Unit')];
      if (typeof name !== 'string') return [];
      const value = memberOf(entry, name);
      const values = (Array.isArray(value) ? listOf(value) : [value]).filter(
        (item) => typeof item === 'number',
      );
      return [{ name, unit: typeof unit === 'string' ? unit : 'None', values }];
    });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
