/**
 * Settings from the CDK's context: `-c stage=prod`, and every other by its path, `-c pipe.batchSize=100`,
 * `-c timeWindows=MONTH:400,DAY:forever`. What is absent keeps the stage's default.
 */
import { apiAuthorizations } from '../../src/lambda/environment.ts';
import { ContextReader, type ReadContext } from './context-reader.ts';
import {
  type ApiSettings,
  type ExistingFavourites,
  type Settings,
  type SettingsOverrides,
  settingsFor,
} from './settings.ts';
import {
  isStage,
  isTimeWindowKind,
  logLevels,
  SettingsError,
  stages,
  type TimeWindowKind,
  type TimeWindowRetention,
  type TimeWindows,
  timeWindowKinds,
} from './validation.ts';

/**
 * The settings that the context asks for; the stage is `dev` unless it says otherwise.
 * @throws {SettingsError} naming every value that cannot be read or cannot be.
 */
export function settingsFromContext(read: ReadContext): Settings {
  const context = new ContextReader(read);
  const stage = context.text('stage') ?? 'dev';
  if (!isStage(stage)) throw new SettingsError([`stage is '${stage}', expected ${stages.join(' or ')}`]);
  const overrides = overridesFrom(context);
  return context.orAllFaults(() => settingsFor(stage, overrides));
}

function overridesFrom(context: ContextReader): SettingsOverrides {
  return {
    ...given('stackName', context.text('stackName')),
    ...given('existingFavourites', existingFavouritesFrom(context)),
    ...given('timeWindows', timeWindowsFrom(context)),
    ...given('rankingShards', context.number('rankingShards')),
    ...given('previousRankingShards', context.number('previousRankingShards')),
    ...given('commitConcurrency', context.number('commitConcurrency')),
    pipe: {
      ...given('batchSize', context.number('pipe.batchSize')),
      ...given('maximumBatchingWindowSeconds', context.number('pipe.maximumBatchingWindowSeconds')),
      ...given('parallelizationFactor', context.number('pipe.parallelizationFactor')),
      ...given('maximumRetryAttempts', context.number('pipe.maximumRetryAttempts')),
      ...given('maximumRecordAgeSeconds', context.number('pipe.maximumRecordAgeSeconds')),
    },
    aggregator: {
      ...given('memoryMegabytes', context.number('aggregator.memoryMegabytes')),
      ...given('timeoutSeconds', context.number('aggregator.timeoutSeconds')),
    },
    logs: {
      ...given('retentionDays', context.number('logs.retentionDays')),
      ...given('level', context.oneOf('logs.level', logLevels)),
    },
    deadLetters: {
      ...given('retentionDays', context.number('deadLetters.retentionDays')),
      ...given('maximumMessageBytes', context.number('deadLetters.maximumMessageBytes')),
    },
    tables: {
      ...given('deletionProtection', context.flag('tables.deletionProtection')),
      ...given('keepOnDelete', context.flag('tables.keepOnDelete')),
    },
    reconcile: reconcileFrom(context),
    api: apiFrom(context),
    alarms: {
      ...given('topicArn', context.text('alarms.topicArn')),
      ...given('lagSeconds', context.number('alarms.lagSeconds')),
    },
  };
}

function reconcileFrom(context: ContextReader): NonNullable<SettingsOverrides['reconcile']> {
  return {
    ...given('scheduled', context.flag('reconcile.scheduled')),
    ...given('redriveSchedule', context.text('reconcile.redriveSchedule')),
    ...given('repairSchedule', context.text('reconcile.repairSchedule')),
    ...given('timeZone', context.text('reconcile.timeZone')),
    ...given('graceSeconds', context.number('reconcile.graceSeconds')),
    ...given('leaseSeconds', context.number('reconcile.leaseSeconds')),
    ...given('segmentMegabytes', context.number('reconcile.segmentMegabytes')),
    ...given('segmentsMax', context.number('reconcile.segmentsMax')),
    ...given('seedUnitsPerSecond', context.number('reconcile.seedUnitsPerSecond')),
    ...given('secondReadingSeconds', context.number('reconcile.secondReadingSeconds')),
    ...given('holdSeconds', context.number('reconcile.holdSeconds')),
    ...given('memoryMegabytes', context.number('reconcile.memoryMegabytes')),
    ...given('timeoutSeconds', context.number('reconcile.timeoutSeconds')),
  };
}

function apiFrom(context: ContextReader): NonNullable<SettingsOverrides['api']> {
  return {
    ...given('enabled', context.flag('api.enabled')),
    ...given('memoryMegabytes', context.number('api.memoryMegabytes')),
    ...given('timeoutSeconds', context.number('api.timeoutSeconds')),
    ...given('authorization', authorizationFrom(context)),
    ...given('requestsPerSecondMax', context.number('api.requestsPerSecondMax')),
    ...given('requestsBurstMax', context.number('api.requestsBurstMax')),
    ...given('corsOrigins', context.list('api.corsOrigins')),
    ...given('servedTimeWindows', servedTimeWindowsFrom(context)),
  };
}

/** An issuer or an audience without the kind would be left out in silence, and the API be another than was meant. */
function authorizationFrom(context: ContextReader): ApiSettings['authorization'] | undefined {
  const key = 'api.authorization.kind';
  const kind = context.oneOf(key, apiAuthorizations);
  const issuer = context.text('api.authorization.issuer');
  const audience = context.list('api.authorization.audience');
  if (kind === 'JWT') return { kind, issuer: issuer ?? '', audience: audience ?? [] };
  if (issuer === undefined && audience === undefined) return kind && { kind };
  return context.fault(key, kind ?? '', 'JWT where an issuer or an audience is given');
}

function servedTimeWindowsFrom(context: ContextReader): readonly TimeWindowKind[] | undefined {
  const key = 'api.servedTimeWindows';
  const kinds = context.list(key);
  return kinds === undefined || kinds.every(isTimeWindowKind)
    ? kinds
    : context.fault(key, kinds.join(','), `some of ${timeWindowKinds.join(',')}, or nothing`);
}

/** `MONTH:400,DAY:forever`; an empty text keeps ALL_TIME alone. */
function timeWindowsFrom(context: ContextReader): TimeWindows | undefined {
  const entries = context.list('timeWindows');
  if (entries === undefined) return undefined;
  const timeWindows: Partial<Record<TimeWindowKind, TimeWindowRetention>> = {};
  for (const entry of entries) {
    const [, kind, retention] = /^(\w+):(forever|\d{1,6})$/.exec(entry) ?? [];
    if (!isTimeWindowKind(kind) || retention === undefined || timeWindows[kind] !== undefined) {
      return context.fault(
        'timeWindows',
        entries.join(','),
        `KIND:<days or forever>, with each of ${timeWindowKinds.join(', ')} at most once`,
      );
    }
    timeWindows[kind] = retention === 'forever' ? retention : Number(retention);
  }
  return timeWindows;
}

function existingFavouritesFrom(context: ContextReader): ExistingFavourites | undefined {
  const tableArn = context.text('existingFavourites.tableArn');
  const streamArn = context.text('existingFavourites.streamArn');
  if (tableArn === undefined && streamArn === undefined) return undefined;
  return { tableArn: tableArn ?? '', streamArn: streamArn ?? '' };
}

/** The setting by its name, or nothing where the context says nothing: a default must not be overridden by it. */
function given<K extends string, V>(name: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [P in K]: V });
}
