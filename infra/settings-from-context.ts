/**
 * Settings from the CDK's context: `-c stage=prod`, and every other by its path, `-c pipe.batchSize=100`,
 * `-c timeWindows=MONTH:400,DAY:forever`. What is absent keeps the stage's default.
 */
import { type ExistingFavourites, type Settings, type SettingsOverrides, settingsFor } from './settings.ts';
import {
  isLogLevel,
  isStage,
  isTimeWindowKind,
  type LogLevel,
  logLevels,
  SettingsError,
  stages,
  type TimeWindowKind,
  type TimeWindowRetention,
  type TimeWindows,
} from './settings-validation.ts';

/** Context comes as text from `-c`, and as any JSON from cdk.json. */
export type ReadContext = (key: string) => unknown;

/**
 * The settings that the context asks for; the stage is `dev` unless it says otherwise.
 * @throws {SettingsError} naming every value that cannot be read or cannot be.
 */
export function settingsFromContext(read: ReadContext): Settings {
  const context = new ContextReader(read);
  const stage = context.text('stage') ?? 'dev';
  if (!isStage(stage)) throw new SettingsError([`stage is '${stage}', expected ${stages.join(' or ')}`]);
  const overrides = context.overrides();
  return context.orAllFaults(() => settingsFor(stage, overrides));
}

class ContextReader {
  readonly #read: ReadContext;
  readonly #faults: string[] = [];

  constructor(read: ReadContext) {
    this.#read = read;
  }

  overrides(): SettingsOverrides {
    return {
      ...given('stackName', this.text('stackName')),
      ...given('existingFavourites', this.existingFavourites()),
      ...given('timeWindows', this.timeWindows()),
      ...given('rankingShards', this.number('rankingShards')),
      ...given('commitConcurrency', this.number('commitConcurrency')),
      pipe: {
        ...given('batchSize', this.number('pipe.batchSize')),
        ...given('maximumBatchingWindowSeconds', this.number('pipe.maximumBatchingWindowSeconds')),
        ...given('parallelizationFactor', this.number('pipe.parallelizationFactor')),
        ...given('maximumRetryAttempts', this.number('pipe.maximumRetryAttempts')),
        ...given('maximumRecordAgeSeconds', this.number('pipe.maximumRecordAgeSeconds')),
      },
      aggregator: {
        ...given('memoryMegabytes', this.number('aggregator.memoryMegabytes')),
        ...given('timeoutSeconds', this.number('aggregator.timeoutSeconds')),
      },
      logs: {
        ...given('retentionDays', this.number('logs.retentionDays')),
        ...given('level', this.logLevel()),
      },
      deadLetters: {
        ...given('retentionDays', this.number('deadLetters.retentionDays')),
        ...given('maximumMessageBytes', this.number('deadLetters.maximumMessageBytes')),
      },
      tables: {
        ...given('deletionProtection', this.flag('tables.deletionProtection')),
        ...given('keepOnDelete', this.flag('tables.keepOnDelete')),
      },
      reconcile: this.reconcile(),
      alarms: {
        ...given('topicArn', this.text('alarms.topicArn')),
        ...given('lagSeconds', this.number('alarms.lagSeconds')),
      },
    };
  }

  reconcile(): NonNullable<SettingsOverrides['reconcile']> {
    return {
      ...given('scheduled', this.flag('reconcile.scheduled')),
      ...given('redriveSchedule', this.text('reconcile.redriveSchedule')),
      ...given('repairSchedule', this.text('reconcile.repairSchedule')),
      ...given('timeZone', this.text('reconcile.timeZone')),
      ...given('graceSeconds', this.number('reconcile.graceSeconds')),
      ...given('leaseSeconds', this.number('reconcile.leaseSeconds')),
      ...given('segmentMegabytes', this.number('reconcile.segmentMegabytes')),
      ...given('segmentsMax', this.number('reconcile.segmentsMax')),
      ...given('seedUnitsPerSecond', this.number('reconcile.seedUnitsPerSecond')),
      ...given('secondReadingSeconds', this.number('reconcile.secondReadingSeconds')),
      ...given('holdSeconds', this.number('reconcile.holdSeconds')),
      ...given('memoryMegabytes', this.number('reconcile.memoryMegabytes')),
      ...given('timeoutSeconds', this.number('reconcile.timeoutSeconds')),
    };
  }

  /** What `settings` returns when everything was readable; else one error with its faults too. */
  orAllFaults(settings: () => Settings): Settings {
    const faults = [...this.#faults];
    try {
      const result = settings();
      if (faults.length === 0) return result;
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      faults.push(...error.faults);
    }
    throw new SettingsError(faults);
  }

  text(key: string): string | undefined {
    const value = this.#read(key);
    if (value === undefined || value === null) return undefined;
    return typeof value === 'string' ? value : JSON.stringify(value);
  }

  number(key: string): number | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    return /^\d{1,15}$/.test(value) ? Number(value) : this.#fault(key, value, 'a whole number');
  }

  flag(key: string): boolean | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    return value === 'true' || value === 'false'
      ? value === 'true'
      : this.#fault(key, value, 'true or false');
  }

  logLevel(): LogLevel | undefined {
    const value = this.text('logs.level');
    if (value === undefined || isLogLevel(value)) return value;
    return this.#fault('logs.level', value, `one of ${logLevels.join(', ')}`);
  }

  /** `MONTH:400,DAY:forever`; an empty text keeps ALL_TIME alone. */
  timeWindows(): TimeWindows | undefined {
    const value = this.text('timeWindows');
    if (value === undefined) return undefined;
    const timeWindows: Partial<Record<TimeWindowKind, TimeWindowRetention>> = {};
    for (const entry of value === '' ? [] : value.split(',')) {
      const [, kind, retention] = /^(MONTH|DAY):(forever|\d{1,6})$/.exec(entry) ?? [];
      if (!isTimeWindowKind(kind) || retention === undefined || timeWindows[kind] !== undefined) {
        return this.#fault(
          'timeWindows',
          value,
          'MONTH:<days or forever>,DAY:<days or forever>, or one of them',
        );
      }
      timeWindows[kind] = retention === 'forever' ? retention : Number(retention);
    }
    return timeWindows;
  }

  existingFavourites(): ExistingFavourites | undefined {
    const tableArn = this.text('existingFavourites.tableArn');
    const streamArn = this.text('existingFavourites.streamArn');
    if (tableArn === undefined && streamArn === undefined) return undefined;
    return { tableArn: tableArn ?? '', streamArn: streamArn ?? '' };
  }

  #fault(key: string, value: string, expected: string): undefined {
    this.#faults.push(`${key} is '${value}', expected ${expected}`);
    return undefined;
  }
}

/** The setting by its name, or nothing where the context says nothing: a default must not be overridden by it. */
function given<K extends string, V>(name: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [P in K]: V });
}
