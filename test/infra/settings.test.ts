import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { settingsPage } from '../../infra/settings/document.ts';
import { constructFiles } from '../../infra/settings/document-construct.ts';
import {
  defaultSettings,
  SettingsError,
  type SettingsOverrides,
  settingsFor,
  settingsFromContext,
  textAt,
} from '../../infra/settings/settings.ts';
import type { Source } from '../../src/counting/source/source.ts';
import { resourceNamed, synthesizeTemplate, valueAt } from '../support/synthesized-template.ts';

const tableArn = 'arn:aws:dynamodb:eu-central-1:123456789012:table/Favourites';
const keyArn = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const likes: Source = {
  key: [
    { name: 'PK', type: 'S', pattern: 'USER#{user}' },
    { name: 'SK', type: 'S', pattern: 'LIKE#{restaurant}' },
  ],
  createdAt: { attribute: 'at', format: 'sql', zone: 'Europe/Berlin' },
  countedWhen: { attribute: 'deleted', notEquals: true },
};
const jwt = { kind: 'JWT', issuer: 'https://id.example.com/', audience: ['web', 'app'] } as const;
const topicArn = 'arn:aws:sns:eu-central-1:123456789012:on-call';
const streamArn = `${tableArn}/stream/2026-01-02T03:04:05.678`;

function issuesOf(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof SettingsError) return error.issues;
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('default to dev, and keep the tables only in prod', () => {
    expect(defaultSettings).toEqual(settingsFor('dev'));
    expect(defaultSettings.tables).toEqual({ deletionProtection: false, keepOnDelete: false });
    expect(settingsFor('prod').tables).toEqual({ deletionProtection: true, keepOnDelete: true });
  });

  it('keep their defaults unless they are overridden', () => {
    expect(settingsFor('dev', { rankingShards: 3, pipe: { batchSize: 100 } })).toEqual({
      ...defaultSettings,
      rankingShards: 3,
      pipe: { ...defaultSettings.pipe, batchSize: 100 },
    });
  });

  it.each<[string, SettingsOverrides]>([
    ['stackName', { stackName: '1st' }],
    ['timeWindows', { timeWindows: { DAY: 0 } }],
    ['timeWindows', { timeWindows: { MONTH: 1.5 } }],
    ['timeWindows', JSON.parse('{"timeWindows":{"CENTURY":1}}') as SettingsOverrides],
    ['rankingShards', { rankingShards: 201 }],
    ['rankingShards', { rankingShards: 0 }],
    ['commitConcurrency', { commitConcurrency: 65 }],
    ['pipe.batchSize', { pipe: { batchSize: 10_001 } }],
    ['pipe.batchSize', { pipe: { batchSize: Number.NaN } }],
    ['pipe.maximumBatchingWindowSeconds', { pipe: { maximumBatchingWindowSeconds: 301 } }],
    ['pipe.parallelizationFactor', { pipe: { parallelizationFactor: 11 } }],
    ['pipe.maximumRetryAttempts', { pipe: { maximumRetryAttempts: -1 } }],
    ['pipe.maximumRecordAgeSeconds', { pipe: { maximumRecordAgeSeconds: 21_601 } }],
    ['pipe.maximumRecordAgeSeconds', { pipe: { maximumRecordAgeSeconds: -1 } }],
    ['aggregator.memoryMegabytes', { aggregator: { memoryMegabytes: 64 } }],
    ['aggregator.timeoutSeconds', { aggregator: { timeoutSeconds: 301 } }],
    ['logs.retentionDays', { logs: { retentionDays: 31 } }],
    ['deadLetters.retentionDays', { deadLetters: { retentionDays: 15 } }],
    ['deadLetters.maximumMessageBytes', { deadLetters: { maximumMessageBytes: 1_048_577 } }],
    ['reconcile.redriveSchedule', { reconcile: { redriveSchedule: 'every 15 minutes' } }],
    ['reconcile.repairSchedule', { reconcile: { repairSchedule: '' } }],
    ['reconcile.timeZone', { reconcile: { timeZone: 'Europe/Atlantis' } }],
    ['reconcile.graceSeconds', { reconcile: { graceSeconds: 86_401 } }],
    ['reconcile.leaseSeconds', { reconcile: { leaseSeconds: 59 } }],
    ['reconcile.segmentMegabytes', { reconcile: { segmentMegabytes: 0 } }],
    ['reconcile.segmentsMax', { reconcile: { segmentsMax: 101 } }],
    ['reconcile.seedUnitsPerSecond', { reconcile: { seedUnitsPerSecond: 0 } }],
    ['reconcile.secondReadingSeconds', { reconcile: { secondReadingSeconds: 301 } }],
    ['reconcile.holdSeconds', { reconcile: { holdSeconds: 11 } }],
    ['reconcile.memoryMegabytes', { reconcile: { memoryMegabytes: 10_241 } }],
    ['reconcile.timeoutSeconds', { reconcile: { timeoutSeconds: 19 } }],
    ['previousRankingShards', { previousRankingShards: 0 }],
    ['api.memoryMegabytes', { api: { memoryMegabytes: 64 } }],
    ['api.timeoutSeconds', { api: { timeoutSeconds: 30 } }],
    ['api.requestsPerSecondMax', { api: { requestsPerSecondMax: 0 } }],
    ['api.requestsBurstMax', { api: { requestsBurstMax: 5001 } }],
    ['api.basePath', { api: { basePath: '/' } }],
    ['api.basePath', { api: { basePath: 'v1' } }],
    ['api.basePath', { api: { basePath: '/v1/' } }],
    ['api.basePath', { api: { basePath: '/v 1' } }],
    ['api.basePath', { api: { basePath: '/v1?' } }],
    ['api.corsOrigins', { api: { corsOrigins: ['*'] } }],
    ['api.corsOrigins', { api: { corsOrigins: ['https://*'] } }],
    ['api.corsOrigins', { api: { corsOrigins: ['https://*.example.com'] } }],
    ['api.corsOrigins', { api: { corsOrigins: ['https://example.com/'] } }],
    ['api.corsOrigins', { api: { corsOrigins: ['example.com'] } }],
    ['servedTimeWindows', { timeWindows: { DAY: 1 }, servedTimeWindows: ['MONTH'] }],
    ['api.authorization.issuer', { api: { authorization: { ...jwt, issuer: 'http://id.example.com' } } }],
    ['api.authorization.issuer', { api: { authorization: { ...jwt, issuer: 'id.example.com' } } }],
    ['api.authorization.audience', { api: { authorization: { ...jwt, audience: [] } } }],
    ['api.authorization.audience', { api: { authorization: { ...jwt, audience: ['web', ''] } } }],
    ['api.authorization.kind', JSON.parse('{"api":{"authorization":{"kind":"NONE"}}}') as SettingsOverrides],
    ['alarms.lagSeconds', { alarms: { lagSeconds: 0 } }],
    ['alarms.topicArn', { alarms: { topicArn: 'on-call' } }],
    ['alarms.topicArn', { alarms: { topicArn: `${topicArn}.fifo` } }],
    ['existingFavourites.tableArn', { existingFavourites: { tableArn: 'Favourites', streamArn } }],
    ['existingFavourites.streamArn', { existingFavourites: { tableArn, streamArn: tableArn } }],
    ['existingFavourites.streamArn', { existingFavourites: { tableArn: `${tableArn}2`, streamArn } }],
  ])('reject an invalid value of %s', (path, overrides) => {
    const issues = issuesOf(() => settingsFor('dev', overrides));
    expect(issues).toHaveLength(1);
    expect(issues[0]?.split(' ')[0]).toBe(path);
  });

  it.each<[string, string, SettingsOverrides]>([
    [
      'reconcile.graceSeconds',
      'pipe.maximumBatchingWindowSeconds',
      { pipe: { maximumBatchingWindowSeconds: 60 }, alarms: { lagSeconds: 61 } },
    ],
    [
      'alarms.lagSeconds',
      'pipe.maximumBatchingWindowSeconds',
      { pipe: { maximumBatchingWindowSeconds: 60 }, reconcile: { graceSeconds: 61 } },
    ],
    [
      'pipe.maximumRecordAgeSeconds',
      'pipe.maximumBatchingWindowSeconds',
      { pipe: { maximumBatchingWindowSeconds: 30, maximumRecordAgeSeconds: 299 } },
    ],
  ])('reject a %s that is too low for %s', (path, beside, overrides) => {
    const issues = issuesOf(() => settingsFor('dev', overrides));
    expect(issues).toEqual([expect.stringContaining(`${path} must `)]);
    expect(issues[0]).toContain(beside);
  });

  it('accept a batching window of five minutes, and a grace period of a day', () => {
    const settings = settingsFor('dev', {
      pipe: { maximumBatchingWindowSeconds: 300, maximumRecordAgeSeconds: 3000 },
      reconcile: { graceSeconds: 86_400 },
      alarms: { lagSeconds: 301 },
    });
    expect(settings.reconcile.graceSeconds).toBe(86_400);
    const atOnce = { pipe: { maximumBatchingWindowSeconds: 0 }, reconcile: { graceSeconds: 0 } };
    expect(issuesOf(() => settingsFor('dev', atOnce))).toEqual([]);
  });

  it('match docs/settings.md, which npm run docs:settings generates', () => {
    const written = readFileSync(join(import.meta.dirname, '../../docs/settings.md'), 'utf8');
    expect(written).toBe(settingsPage());
    for (const [path, text] of constructFiles()) {
      expect(readFileSync(join(import.meta.dirname, '../..', path), 'utf8')).toBe(text);
    }
    // The comment above the declaration of each setting gives its reason.
    expect(written).not.toMatch(/\|\s*\|$/m);
  });

  it('report all issues in one error', () => {
    const overrides = { rankingShards: 0, pipe: { batchSize: 0 }, timeWindows: { DAY: -1 } };
    expect(() => settingsFor('dev', overrides)).toThrow(
      /pipe\.batchSize must .*'0'.*rankingShards must .*'0'.*timeWindows must .*-1.*docs\/settings\.md/,
    );
  });

  it('all appear in the template', () => {
    const template = synthesizeTemplate(
      settingsFor('dev', {
        stackName: 'Likes',
        timeWindows: { MONTH: 'forever' },
        rankingShards: 20,
        ranking: { ALL_TIME: 100, MONTH: 'off' },
        commitConcurrency: 8,
        pipe: {
          batchSize: 100,
          maximumBatchingWindowSeconds: 0,
          parallelizationFactor: 5,
          maximumRetryAttempts: 7,
          maximumRecordAgeSeconds: 600,
        },
        aggregator: { memoryMegabytes: 512, timeoutSeconds: 20 },
        logs: { retentionDays: 60, level: 'DEBUG' },
        deadLetters: { retentionDays: 4, maximumMessageBytes: 262_144 },
        tables: { deletionProtection: true, keepOnDelete: false },
      }),
    );
    const propertiesOf = (type: string, name?: string) => resourceNamed(template, type, name).properties;
    expect(
      valueAt(propertiesOf('AWS::Pipes::Pipe'), ['SourceParameters', 'DynamoDBStreamParameters']),
    ).toMatchObject({
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 0,
      ParallelizationFactor: 5,
      MaximumRetryAttempts: 7,
      MaximumRecordAgeInSeconds: 600,
    });
    expect(propertiesOf('AWS::Lambda::Function', 'AggregatorFunction')).toMatchObject({
      MemorySize: 512,
      Timeout: 20,
      Environment: {
        Variables: {
          TIME_WINDOWS: 'MONTH:forever',
          RANKING_SHARDS: '20',
          RANKING: 'ALL_TIME:100,MONTH:off',
          COMMIT_CONCURRENCY: '8',
          POWERTOOLS_LOG_LEVEL: 'DEBUG',
        },
      },
    });
    expect(propertiesOf('AWS::SQS::Queue')).toMatchObject({
      MessageRetentionPeriod: 345_600,
      MaximumMessageSize: 262_144,
    });
    expect(propertiesOf('AWS::Logs::LogGroup', 'AggregatorLog')).toEqual({ RetentionInDays: 60 });
    expect(propertiesOf('AWS::Logs::LogGroup', 'PipeLog')).toEqual({
      LogGroupName: '/aws/vendedlogs/pipes/Likes',
      RetentionInDays: 60,
    });
    const table = resourceNamed(template, 'AWS::DynamoDB::Table', 'TablesFavourites');
    expect([table.properties['DeletionProtectionEnabled'], table.deletionPolicy]).toEqual([true, 'Delete']);
  });
});

describe('settings from the context', () => {
  const fromContext = (context: Readonly<Record<string, unknown>>) => settingsFromContext(context);

  it('are the defaults of the stage when the context has only the stage', () => {
    expect(fromContext({})).toEqual(settingsFor('dev'));
    expect(fromContext({ stage: 'prod' })).toEqual(settingsFor('prod'));
  });

  it('accept text from the command line for every setting, by its path, and write the same text', () => {
    const context = {
      stage: 'prod',
      stackName: 'Likes',
      source: JSON.stringify(likes),
      timeWindows: 'MONTH:400,DAY:forever',
      rankingShards: '20',
      ranking: 'ALL_TIME:100,DAY:off',
      previousRanking: 'MONTH:on,DAY:5',
      commitConcurrency: '8',
      'pipe.batchSize': '100',
      'pipe.maximumBatchingWindowSeconds': '0',
      'pipe.parallelizationFactor': '5',
      'pipe.maximumRetryAttempts': '7',
      'pipe.maximumRecordAgeSeconds': '600',
      'aggregator.memoryMegabytes': '512',
      'aggregator.timeoutSeconds': '20',
      'logs.retentionDays': '60',
      'logs.level': 'DEBUG',
      'deadLetters.retentionDays': '4',
      'deadLetters.maximumMessageBytes': '262144',
      'tables.deletionProtection': 'false',
      'tables.keepOnDelete': 'false',
      'reconcile.scheduled': 'false',
      'reconcile.redriveSchedule': 'rate(1 hour)',
      'reconcile.repairSchedule': 'cron(0 4 * * ? *)',
      'reconcile.timeZone': 'Europe/Berlin',
      'reconcile.graceSeconds': '0',
      'reconcile.leaseSeconds': '600',
      'reconcile.segmentMegabytes': '128',
      'reconcile.segmentsMax': '50',
      'reconcile.uncountsMaxPercent': '50',
      'reconcile.seedUnitsPerSecond': '500',
      'reconcile.secondReadingSeconds': '15',
      'reconcile.holdSeconds': '5',
      'reconcile.memoryMegabytes': '1024',
      'reconcile.timeoutSeconds': '120',
      previousRankingShards: '40',
      'api.enabled': 'true',
      'api.memoryMegabytes': '256',
      'api.timeoutSeconds': '20',
      'api.authorization.kind': 'JWT',
      'api.authorization.issuer': jwt.issuer,
      'api.authorization.audience': 'web,app',
      'api.requestsPerSecondMax': '50',
      'api.requestsBurstMax': '100',
      'api.corsOrigins': 'https://example.com,http://localhost:3000',
      servedTimeWindows: 'DAY',
      'api.basePath': '/shop/v1',
      dashboard: 'false',
      'alarms.enabled': 'false',
      'alarms.topicArn': topicArn,
      'alarms.lagSeconds': '120',
      'alarms.rejectedRowsMax': '3',
      'existingFavourites.tableArn': tableArn,
      'existingFavourites.streamArn': streamArn,
      'existingFavourites.keyArn': keyArn,
    };
    const settings = fromContext(context);
    expect(settings).toEqual({
      stage: 'prod',
      stackName: 'Likes',
      source: likes,
      existingFavourites: { tableArn, streamArn, keyArn },
      timeWindows: { MONTH: 400, DAY: 'forever' },
      timeZone: 'UTC',
      rankingShards: 20,
      ranking: { ALL_TIME: 100, DAY: 'off' },
      previousRanking: { MONTH: 'on', DAY: 5 },
      commitConcurrency: 8,
      pipe: {
        batchSize: 100,
        maximumBatchingWindowSeconds: 0,
        parallelizationFactor: 5,
        maximumRetryAttempts: 7,
        maximumRecordAgeSeconds: 600,
      },
      aggregator: { memoryMegabytes: 512, timeoutSeconds: 20 },
      logs: { retentionDays: 60, level: 'DEBUG' },
      deadLetters: { retentionDays: 4, maximumMessageBytes: 262_144 },
      tables: { deletionProtection: false, keepOnDelete: false },
      reconcile: {
        scheduled: false,
        redriveSchedule: 'rate(1 hour)',
        repairSchedule: 'cron(0 4 * * ? *)',
        timeZone: 'Europe/Berlin',
        graceSeconds: 0,
        leaseSeconds: 600,
        segmentMegabytes: 128,
        segmentsMax: 50,
        uncountsMaxPercent: 50,
        seedUnitsPerSecond: 500,
        secondReadingSeconds: 15,
        holdSeconds: 5,
        memoryMegabytes: 1024,
        timeoutSeconds: 120,
      },
      previousRankingShards: 40,
      servedTimeWindows: ['DAY'],
      api: {
        enabled: true,
        memoryMegabytes: 256,
        timeoutSeconds: 20,
        authorization: jwt,
        requestsPerSecondMax: 50,
        requestsBurstMax: 100,
        corsOrigins: ['https://example.com', 'http://localhost:3000'],
        basePath: '/shop/v1',
      },
      dashboard: false,
      alarms: { enabled: false, topicArn, lagSeconds: 120, rejectedRowsMax: 3 },
    });
    const texts = Object.keys(context).map((path) => [path, textAt(path, settings)]);
    expect(Object.fromEntries(texts)).toEqual(context);
  });

  it('accept numbers and booleans from cdk.json, and read an empty timeWindows as no windows', () => {
    const settings = fromContext({ rankingShards: 20, 'tables.keepOnDelete': true, timeWindows: '' });
    expect(settings).toMatchObject({ rankingShards: 20, tables: { keepOnDelete: true }, timeWindows: {} });
  });

  it('read the source from a file, and name everything that is wrong with it at once', () => {
    const directory = mkdtempSync(join(tmpdir(), 'source-'));
    const file = join(directory, 'likes.json');
    writeFileSync(file, JSON.stringify(likes));
    expect(fromContext({ source: file }).source).toEqual(likes);
    expect(fromContext({ source: likes }).source).toEqual(likes);
    writeFileSync(file, '{');
    expect(issuesOf(() => fromContext({ source: file }))).toEqual([expect.stringContaining('is not JSON')]);
    const missing = join(directory, 'missing.json');
    expect(issuesOf(() => fromContext({ source: missing }))).toEqual([
      expect.stringContaining(`cannot read the file ${missing}`),
    ]);
    expect(issuesOf(() => fromContext({ source: '' }))).toEqual([
      expect.stringMatching(/^source is empty; /),
    ]);
    const wrong = { key: [{ name: 'PK', type: 'B' }], createdAt: 'never', more: 1 };
    expect(issuesOf(() => fromContext({ source: wrong })).map((issue) => issue.split(' ')[1])).toEqual([
      'more',
      'key[0].type',
      'createdAt',
    ]);
    rmSync(directory, { recursive: true });
  });

  it('keep ALL_TIME alone for rows without a date, and refuse other windows', () => {
    const undated = { ...likes, createdAt: 'none' as const };
    expect(settingsFor('prod', { source: undated }).timeWindows).toEqual({});
    expect(issuesOf(() => settingsFor('prod', { source: undated, timeWindows: { DAY: 62 } }))).toEqual([
      'timeWindows must be empty, because the rows of source have no date (createdAt is none)',
    ]);
  });

  it('report every unparsable value', () => {
    const context = {
      rankingShards: 'ten',
      'tables.keepOnDelete': 'yes',
      'logs.level': 'LOUD',
      timeWindows: 'DAY:1,DAY:2',
      'pipe.batchSize': '1e3',
    };
    const issues = issuesOf(() => fromContext(context));
    expect(issues.map((issue) => issue.split(' ')[0] ?? '').toSorted()).toEqual(
      Object.keys(context).toSorted(),
    );
    expect(issuesOf(() => fromContext({ stage: 'test' }))).toEqual([
      "stage must be one of dev, prod, not 'test'",
    ]);
  });

  it('reject an issuer unless the API uses JWT authorization', () => {
    const authorization = { 'api.authorization.issuer': jwt.issuer };
    const expected = [expect.stringMatching(/^api\.authorization\.kind must be JWT/)];
    expect(issuesOf(() => fromContext(authorization))).toEqual(expected);
    expect(issuesOf(() => fromContext({ ...authorization, 'api.authorization.kind': 'IAM' }))).toEqual(
      expected,
    );
    expect(fromContext({ 'api.authorization.kind': 'IAM' }).api.authorization).toMatchObject({ kind: 'IAM' });
    expect(issuesOf(() => fromContext({ 'api.authorization.kind': 'JWT' }))).toHaveLength(2);
  });

  it('read an empty servedTimeWindows as ALL_TIME only', () => {
    expect(fromContext({ servedTimeWindows: '' }).servedTimeWindows).toEqual([]);
    expect(issuesOf(() => fromContext({ servedTimeWindows: 'CENTURY' }))).toHaveLength(1);
  });

  it('report unparsable and out-of-range values in one error', () => {
    const issues = issuesOf(() => fromContext({ rankingShards: '0', 'logs.level': 'LOUD' }));
    expect(issues.map((issue) => issue.split(' ')[0])).toEqual(['logs.level', 'rankingShards']);
  });

  it.each([
    ['tables.keeponDelete', 'tables.keepOnDelete'],
    ['tables:keepOnDelete', 'tables.keepOnDelete'],
    ['keepOnDelete', 'tables.keepOnDelete'],
    ['Stage', 'stage'],
    ['existingFavourites.tableARN', 'existingFavourites.tableArn'],
    ['pipe.batchsize', 'pipe.batchSize'],
    ['pipe.batch-size', 'pipe.batchSize'],
    ['reconcile.graceSecond', 'reconcile.graceSeconds'],
    ['rankingShard', 'rankingShards'],
  ])('reject the unknown key %s and suggest %s', (key, nearest) => {
    expect(issuesOf(() => fromContext({ [key]: 'true' }))).toEqual([
      `${key} is not a setting; the nearest one is ${nearest}`,
    ]);
  });

  it('report unknown keys and invalid values in one error', () => {
    const issues = issuesOf(() => fromContext({ rankingShards: '0', rankingshards: '5', Stage: 'prod' }));
    expect(issues.map((issue) => issue.split(' ')[0] ?? '').toSorted()).toEqual([
      'Stage',
      'rankingShards',
      'rankingshards',
    ]);
  });

  it.each([
    '@aws-cdk/core:failSynthOnValidationErrors',
    '@aws-cdk/core.slowSynthThreshold',
    'aws:cdk:enable-path-metadata',
    'aws-cdk:enableDiffNoFail',
    'availability-zones:account=123456789012:region=eu-central-1',
    'ssm:account=123456789012:parameterName=/stage:region=eu-central-1',
    'acknowledged-issue-numbers',
    'assets-ecr-repository-name',
    'cli-telemetry',
    'cdk-migrate',
  ])('ignore the CDK’s own key %s', (key) => {
    expect(fromContext({ [key]: ['any'] })).toEqual(settingsFor('dev'));
  });

  it('may be grouped in cdk.json, and the command line overrides single settings of a group', () => {
    const group = { batchSize: 5, parallelizationFactor: 2 };
    const grouped = { pipe: group, timeWindows: { WEEK: 8 }, api: { authorization: jwt, corsOrigins: [] } };
    for (const context of [
      { ...grouped, 'pipe.batchSize': '6' },
      { 'pipe.batchSize': '6', ...grouped },
    ]) {
      expect(fromContext(context)).toMatchObject({
        pipe: { batchSize: 6, parallelizationFactor: 2 },
        timeWindows: { WEEK: 8 },
        api: { authorization: jwt },
      });
    }
    expect(issuesOf(() => fromContext({ pipe: { batchsize: 5 } }))).toEqual([
      'pipe.batchsize is not a setting; the nearest one is pipe.batchSize',
    ]);
    expect(issuesOf(() => fromContext({ pipe: 5 }))).toEqual([
      expect.stringMatching(/^pipe is not a setting/),
    ]);
  });

  it('reject existingFavourites with only one of its two ARNs', () => {
    expect(issuesOf(() => fromContext({ 'existingFavourites.tableArn': tableArn }))).toHaveLength(1);
    expect(issuesOf(() => fromContext({ 'existingFavourites.streamArn': streamArn }))).toHaveLength(1);
  });
});

describe('cdk synth', () => {
  const synth = (context: Readonly<Record<string, string>>) =>
    new Promise<{ readonly status: unknown; readonly stderr: string }>((resolve) => {
      const directory = join(import.meta.dirname, '../..');
      const env = { ...process.env, CDK_CONTEXT_JSON: JSON.stringify(context) };
      execFile(
        process.execPath,
        ['--import', 'tsx', 'infra/app.ts'],
        { cwd: directory, env },
        (error, _stdout, stderr) => resolve({ status: error?.code ?? 0, stderr }),
      );
    });

  it('fails with one line that names the unknown key and suggests the nearest setting', async () => {
    const { status, stderr } = await synth({
      'aws:cdk:enable-path-metadata': 'true',
      'tables.keeponDelete': 'true',
      'reconcile.repairSchedule': 'cron(99 99 * * ? *)',
    });
    expect(status).toBe(1);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/tables\.keeponDelete .*tables\.keepOnDelete.*reconcile\.repairSchedule must/),
    ]);
  });
});
