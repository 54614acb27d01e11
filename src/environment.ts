/**
 * The environment variables of the handlers: one list, shared by the stack that sets them and the code that
 * reads them. A handler parses its own once, at load; every fault is named in one error.
 */
import { parseTimeWindowSettings, type TimeWindowSettings } from './counting/time-window.ts';

export const environmentNames = {
  countedFavouritesTable: 'COUNTED_FAVOURITES_TABLE',
  aggregatedFavouritesTable: 'AGGREGATED_FAVOURITES_TABLE',
  deadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL',
  /** Which windows beside ALL_TIME are kept, and for how many days: `MONTH:forever,DAY:400`. Empty: none. */
  timeWindows: 'TIME_WINDOWS',
  /** Partitions of the ranking index a window is spread over: a whole number from 1 to 200. */
  rankingShards: 'RANKING_SHARDS',
  /** Transactions that one invocation has under way at once: a whole number from 1 to 64. */
  commitConcurrency: 'COMMIT_CONCURRENCY',
} as const;

type EnvironmentName = (typeof environmentNames)[keyof typeof environmentNames];
/** A process environment, or a part of one. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

export interface AggregatorEnvironment {
  readonly countedFavouritesTable: string;
  readonly aggregatedFavouritesTable: string;
  readonly deadLetterQueueUrl: string;
  readonly timeWindows: TimeWindowSettings;
  readonly rankingShards: number;
  readonly commitConcurrency: number;
}

/** A handler was deployed with variables that it cannot use; `faults` names every one of them. */
export class EnvironmentError extends Error {
  readonly code = 'environment';
  readonly retryable = false;
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The environment of this function is unusable: ${faults.join('; ')}. Deploy the stack again.`);
    this.name = 'EnvironmentError';
    this.faults = faults;
  }
}

/** @throws {EnvironmentError} naming all variables that are missing or unreadable, not only the first. */
export function parseAggregatorEnvironment(variables: EnvironmentVariables): AggregatorEnvironment {
  const reader = new EnvironmentReader(variables);
  const environment = {
    countedFavouritesTable: reader.text(environmentNames.countedFavouritesTable),
    aggregatedFavouritesTable: reader.text(environmentNames.aggregatedFavouritesTable),
    deadLetterQueueUrl: reader.text(environmentNames.deadLetterQueueUrl),
    timeWindows: reader.parsed(environmentNames.timeWindows, parseTimeWindowSettings),
    rankingShards: reader.wholeNumber(environmentNames.rankingShards, { min: 1, max: 200 }),
    commitConcurrency: reader.wholeNumber(environmentNames.commitConcurrency, { min: 1, max: 64 }),
  };
  reader.throwIfFaulty();
  return environment;
}

/** Reads variables one by one and gathers what is wrong; its values are usable only after `throwIfFaulty`. */
class EnvironmentReader {
  readonly #variables: EnvironmentVariables;
  readonly #faults: string[] = [];

  constructor(variables: EnvironmentVariables) {
    this.#variables = variables;
  }

  text(name: EnvironmentName): string {
    const value = this.#variables[name];
    if (value === undefined || value === '') this.#faults.push(`${name} is not set`);
    return value ?? '';
  }

  wholeNumber(name: EnvironmentName, { min, max }: { readonly min: number; readonly max: number }): number {
    const value = this.#variables[name];
    if (value !== undefined && /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max) {
      return Number(value);
    }
    this.#faults.push(`${name} is '${value ?? ''}', expected a whole number from ${min} to ${max}`);
    return min;
  }

  parsed<T>(name: EnvironmentName, parse: (text: string) => T): T | never {
    const value = this.#variables[name];
    try {
      if (value === undefined) throw new Error('it is not set');
      return parse(value);
    } catch (cause) {
      this.#faults.push(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`);
      return undefined as never;
    }
  }

  throwIfFaulty(): void {
    if (this.#faults.length > 0) throw new EnvironmentError(this.#faults);
  }
}
