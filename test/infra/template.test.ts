import { defaultSource } from '../../src/counting/source/source.ts';
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsFor } from '../../infra/settings/settings.ts';
import { readEnvironment } from '../../src/lambda/environment.ts';
import { aggregatorVariables } from '../../src/lambda/settings.ts';
import {
  intrinsicsOf,
  objectOf,
  resourceNamed,
  resourcesOf,
  type SynthesizedTemplate,
  synthesizeTemplate,
  variablesOf,
} from '../support/synthesized-template.ts';

const dev = synthesizeTemplate(settingsFor('dev'));
const prod = synthesizeTemplate(settingsFor('prod'));

const readDocument = (name: string) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');

describe('the template', () => {
  it('has exactly these resources, so that a helper function added by the CDK fails this test', () => {
    expect(dev.resources.map(({ type, name }) => `${type} ${name}`).toSorted()).toEqual([
      'AWS::ApiGatewayV2::Api Api',
      'AWS::ApiGatewayV2::Integration ApiIntegration',
      'AWS::ApiGatewayV2::Route ApiRoute',
      'AWS::ApiGatewayV2::Stage ApiStage',
      'AWS::CloudWatch::Alarm ObservabilityAlarmsApiErrors',
      'AWS::CloudWatch::Alarm ObservabilityAlarmsDeadLetters',
      'AWS::CloudWatch::Alarm ObservabilityAlarmsLag',
      'AWS::CloudWatch::Alarm ObservabilityAlarmsPipeFailing',
      'AWS::CloudWatch::Alarm ObservabilityAlarmsPipeStandsStill',
      'AWS::CloudWatch::Alarm ObservabilityAlarmsReconcileFailed',
      'AWS::CloudWatch::Alarm ObservabilityAlarmsRejectedRows',
      'AWS::CloudWatch::Dashboard ObservabilityPipelineDashboard',
      'AWS::DynamoDB::Table TablesAggregatedFavourites',
      'AWS::DynamoDB::Table TablesCountedFavourites',
      'AWS::DynamoDB::Table TablesFavourites',
      'AWS::DynamoDB::Table TablesReconcileLease',
      'AWS::IAM::Policy AggregatorRoleDefaultPolicy',
      'AWS::IAM::Policy ApiHandlerRoleDefaultPolicy',
      'AWS::IAM::Policy PipeRoleDefaultPolicy',
      'AWS::IAM::Policy ReconcileAuditRoleDefaultPolicy',
      'AWS::IAM::Policy ReconcileDecideRoleDefaultPolicy',
      'AWS::IAM::Policy ReconcileDigestRoleDefaultPolicy',
      'AWS::IAM::Policy ReconcileHealRoleDefaultPolicy',
      'AWS::IAM::Policy ReconcilePlanRoleDefaultPolicy',
      'AWS::IAM::Policy ReconcileRedriveRoleDefaultPolicy',
      'AWS::IAM::Policy ReconcileReportRoleDefaultPolicy',
      'AWS::IAM::Policy ReconcileSchedulesRoleDefaultPolicy',
      'AWS::IAM::Policy ReconcileWorkflowChildExecutions',
      'AWS::IAM::Policy ReconcileWorkflowRoleDefaultPolicy',
      'AWS::IAM::Role AggregatorRole',
      'AWS::IAM::Role ApiHandlerRole',
      'AWS::IAM::Role PipeRole',
      'AWS::IAM::Role ReconcileAuditRole',
      'AWS::IAM::Role ReconcileDecideRole',
      'AWS::IAM::Role ReconcileDigestRole',
      'AWS::IAM::Role ReconcileHealRole',
      'AWS::IAM::Role ReconcilePlanRole',
      'AWS::IAM::Role ReconcileRedriveRole',
      'AWS::IAM::Role ReconcileReportRole',
      'AWS::IAM::Role ReconcileSchedulesRole',
      'AWS::IAM::Role ReconcileWorkflowRole',
      'AWS::Lambda::Function AggregatorFunction',
      'AWS::Lambda::Function ApiHandlerFunction',
      'AWS::Lambda::Function ReconcileAuditFunction',
      'AWS::Lambda::Function ReconcileDecideFunction',
      'AWS::Lambda::Function ReconcileDigestFunction',
      'AWS::Lambda::Function ReconcileHealFunction',
      'AWS::Lambda::Function ReconcilePlanFunction',
      'AWS::Lambda::Function ReconcileRedriveFunction',
      'AWS::Lambda::Function ReconcileReportFunction',
      'AWS::Lambda::Permission ApiPermission',
      'AWS::Logs::LogGroup AggregatorLog',
      'AWS::Logs::LogGroup ApiHandlerLog',
      'AWS::Logs::LogGroup ApiLog',
      'AWS::Logs::LogGroup PipeLog',
      'AWS::Logs::LogGroup ReconcileAuditLog',
      'AWS::Logs::LogGroup ReconcileDecideLog',
      'AWS::Logs::LogGroup ReconcileDigestLog',
      'AWS::Logs::LogGroup ReconcileHealLog',
      'AWS::Logs::LogGroup ReconcilePlanLog',
      'AWS::Logs::LogGroup ReconcileRedriveLog',
      'AWS::Logs::LogGroup ReconcileReportLog',
      'AWS::Logs::LogGroup ReconcileWorkflowLog',
      'AWS::Pipes::Pipe Pipe',
      'AWS::SQS::Queue DeadLettersQueue',
      'AWS::SQS::QueuePolicy DeadLettersQueuePolicy',
      'AWS::Scheduler::Schedule ReconcileSchedulesRedrive',
      'AWS::Scheduler::Schedule ReconcileSchedulesRepair',
      'AWS::StepFunctions::StateMachine ReconcileWorkflowStateMachine',
    ]);
  });

  it('uses only intrinsic functions that the emulator resolves', () => {
    expect([...intrinsicsOf(dev.source)].toSorted()).toEqual([
      'Fn::GetAtt',
      'Fn::Join',
      'Fn::Select',
      'Fn::Split',
      'Fn::Sub',
      'Ref',
    ]);
  });

  it('outputs every name that an operator needs', () => {
    const { ClientConfig: config, ...names } = dev.outputs;
    expect(JSON.stringify(config)).toMatch(/TablesAggregatedFavourites.*TablesFavourites.*MONTH:1130,DAY:62/);
    expect(names).toEqual({
      FavouritesTableName: { Value: 'TablesFavourites' },
      FavouritesStreamArn: { Value: 'TablesFavourites.StreamArn' },
      CountedFavouritesTableName: { Value: 'TablesCountedFavourites' },
      AggregatedFavouritesTableName: { Value: 'TablesAggregatedFavourites' },
      DeadLetterQueueUrl: { Value: 'DeadLettersQueue' },
      ReconcileStateMachineArn: { Value: 'ReconcileWorkflowStateMachine.Arn' },
      ReconcileLeaseTableName: { Value: 'TablesReconcileLease' },
      ApiUrl: { Value: 'Api.ApiEndpoint' },
    });
  });
});

describe('the tables', () => {
  const tableOf = (name: string) => resourceNamed(dev, 'AWS::DynamoDB::Table', name).properties;

  it('are billed on demand and can be restored to any point in time', () => {
    for (const { properties } of resourcesOf(dev, 'AWS::DynamoDB::Table')) {
      expect(properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
    }
  });

  it('let TTL delete tombstones and expired windows, but never a favourite', () => {
    const expiry = { AttributeName: 'expires_at', Enabled: true };
    expect(tableOf('TablesCountedFavourites')).toHaveProperty('TimeToLiveSpecification', expiry);
    expect(tableOf('TablesAggregatedFavourites')).toHaveProperty('TimeToLiveSpecification', expiry);
    expect(tableOf('TablesFavourites')).not.toHaveProperty('TimeToLiveSpecification');
  });

  it('include a separate table for the lease, so that no scan or ranking reads the lease', () => {
    const lease = tableOf('TablesReconcileLease');
    expect(lease['KeySchema']).toEqual([{ AttributeName: 'lease', KeyType: 'HASH' }]);
    expect(lease['TimeToLiveSpecification']).toEqual({ AttributeName: 'expires_at', Enabled: true });
    expect(lease).not.toHaveProperty('GlobalSecondaryIndexes');
    expect(lease).not.toHaveProperty('StreamSpecification');
  });

  it('have only one stream, that of Favourites, with new and old images', () => {
    expect(tableOf('TablesFavourites')).toHaveProperty('StreamSpecification', {
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    });
    expect(tableOf('TablesCountedFavourites')).not.toHaveProperty('StreamSpecification');
    expect(tableOf('TablesAggregatedFavourites')).not.toHaveProperty('StreamSpecification');
  });

  it('have the keys and indexes of the data model', () => {
    expect(tableOf('TablesFavourites')).toMatchObject({
      KeySchema: [{ AttributeName: 'restaurant_id_user_id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by_user',
          KeySchema: [
            { AttributeName: 'user_id', KeyType: 'HASH' },
            { AttributeName: 'created_at', KeyType: 'RANGE' },
          ],
        },
      ],
    });
    expect(tableOf('TablesCountedFavourites')['KeySchema']).toEqual([
      { AttributeName: 'restaurant_id', KeyType: 'HASH' },
      { AttributeName: 'user_id', KeyType: 'RANGE' },
    ]);
    expect(tableOf('TablesCountedFavourites')).not.toHaveProperty('GlobalSecondaryIndexes');
    expect(tableOf('TablesAggregatedFavourites')).toMatchObject({
      KeySchema: [
        { AttributeName: 'restaurant_id', KeyType: 'HASH' },
        { AttributeName: 'time_window', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'ranking',
          KeySchema: [
            { AttributeName: 'ranking_key', KeyType: 'HASH' },
            { AttributeName: 'favourite_count', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    });
  });

  it('are retained and protected in prod, and deleted with the stack in dev', () => {
    const tables = 'AWS::DynamoDB::Table';
    for (const { properties, deletionPolicy } of resourcesOf(dev, tables)) {
      expect([properties['DeletionProtectionEnabled'], deletionPolicy]).toEqual([false, 'Delete']);
    }
    for (const { properties, deletionPolicy } of resourcesOf(prod, tables)) {
      expect([properties['DeletionProtectionEnabled'], deletionPolicy]).toEqual([true, 'Retain']);
    }
  });
});

describe('the dead-letter queue', () => {
  it('is encrypted and keeps messages of up to 1 MiB for 14 days', () => {
    expect(resourceNamed(dev, 'AWS::SQS::Queue').properties).toEqual({
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 14 * 24 * 60 * 60,
      MaximumMessageSize: 1024 * 1024,
    });
  });

  it('is retained when the prod stack is deleted', () => {
    expect(resourceNamed(dev, 'AWS::SQS::Queue').deletionPolicy).toBe('Delete');
    expect(resourceNamed(prod, 'AWS::SQS::Queue').deletionPolicy).toBe('Retain');
  });
});

describe('the pipe', () => {
  it('reads marks and un-marks from the stream’s start, bisects failed batches, and limits retries', () => {
    const { properties } = resourceNamed(dev, 'AWS::Pipes::Pipe');
    expect(properties['Source']).toBe('TablesFavourites.StreamArn');
    expect(properties['SourceParameters']).toEqual({
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT","REMOVE"]}' }] },
      DynamoDBStreamParameters: {
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 1000,
        MaximumBatchingWindowInSeconds: 1,
        ParallelizationFactor: 1,
        MaximumRetryAttempts: 50,
        MaximumRecordAgeInSeconds: 6 * 60 * 60,
        OnPartialBatchItemFailure: 'AUTOMATIC_BISECT',
        DeadLetterConfig: { Arn: 'DeadLettersQueue.Arn' },
      },
    });
  });

  it('waits for the aggregator’s response', () => {
    const { properties } = resourceNamed(dev, 'AWS::Pipes::Pipe');
    expect(properties['Target']).toBe('AggregatorFunction.Arn');
    expect(properties['TargetParameters']).toEqual({
      LambdaFunctionParameters: { InvocationType: 'REQUEST_RESPONSE' },
    });
  });

  it('logs errors without execution data, because that data has user ids', () => {
    expect(resourceNamed(dev, 'AWS::Pipes::Pipe').properties['LogConfiguration']).toEqual({
      Level: 'ERROR',
      CloudwatchLogsLogDestination: { LogGroupArn: 'PipeLog.Arn' },
    });
    expect(resourceNamed(dev, 'AWS::Logs::LogGroup', 'PipeLog').properties).toEqual({
      LogGroupName: '/aws/vendedlogs/pipes/FavouriteCounts-dev',
      RetentionInDays: 30,
    });
  });

  it('is created after its role’s policy', () => {
    const { properties, dependsOn } = resourceNamed(dev, 'AWS::Pipes::Pipe');
    expect(properties['RoleArn']).toBe('PipeRole.Arn');
    expect(dependsOn).toContain('PipeRoleDefaultPolicy');
  });
});

describe('the aggregator', () => {
  const { properties } = resourceNamed(dev, 'AWS::Lambda::Function', 'AggregatorFunction');

  it('is an arm64 function on Node 24 without reserved concurrency', () => {
    expect(properties).toMatchObject({
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'AggregatorRole.Arn',
      MemorySize: 256,
      Timeout: 30,
      LoggingConfig: { LogGroup: 'AggregatorLog' },
    });
    expect(properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  it('has a finite log retention, which is longer in prod', () => {
    const retentionOf = (template: typeof dev) =>
      resourceNamed(template, 'AWS::Logs::LogGroup', 'AggregatorLog').properties['RetentionInDays'];
    expect([retentionOf(dev), retentionOf(prod)]).toEqual([30, 90]);
  });

  it('gets exactly the variables that its handler reads', () => {
    const variables = variablesOf(properties);
    expect(Object.keys(variables).toSorted()).toEqual(
      [
        'AGGREGATED_FAVOURITES_TABLE',
        'COMMIT_CONCURRENCY',
        'COUNTED_FAVOURITES_TABLE',
        'DEAD_LETTER_QUEUE_URL',
        'NODE_OPTIONS',
        'RANKING_SHARDS',
        'TIME_WINDOWS',
        'POWERTOOLS_LOG_LEVEL',
        'POWERTOOLS_METRICS_NAMESPACE',
        'POWERTOOLS_SERVICE_NAME',
      ].toSorted(),
    );
    expect(readEnvironment(aggregatorVariables, variables)).toEqual({
      countedFavouritesTable: 'TablesCountedFavourites',
      aggregatedFavouritesTable: 'TablesAggregatedFavourites',
      deadLetterQueueUrl: 'DeadLettersQueue',
      timeWindows: { MONTH: 1130, DAY: 62 },
      timeZone: 'UTC',
      rankingShards: 10,
      ranking: {},
      commitConcurrency: 4,
      source: defaultSource,
    });
    expect(variables).toMatchObject({
      POWERTOOLS_SERVICE_NAME: 'aggregator',
      POWERTOOLS_METRICS_NAMESPACE: 'FavouriteCounts-dev',
      POWERTOOLS_LOG_LEVEL: 'INFO',
    });
  });

  it.each([{ timeWindows: {} }, { timeWindows: { DAY: 'forever' } }] as const)(
    'gets the windows $timeWindows from the settings',
    ({ timeWindows }) => {
      const template = synthesizeTemplate(settingsFor('dev', { timeWindows }));
      const variables = variablesOf(
        resourceNamed(template, 'AWS::Lambda::Function', 'AggregatorFunction').properties,
      );
      expect(readEnvironment(aggregatorVariables, variables).timeWindows).toEqual(timeWindows);
    },
  );
});

describe('the time zone of the windows', () => {
  const zoneOf = (template: SynthesizedTemplate) =>
    Object.fromEntries(
      resourcesOf(template, 'AWS::Lambda::Function').map(({ name, properties }) => [
        name.replace(/Function$/, ''),
        variablesOf(properties)['TIME_ZONE'],
      ]),
    );

  it('is in no environment if it is UTC', () => {
    for (const template of [dev, synthesizeTemplate(settingsFor('dev', { timeZone: 'UTC' }))]) {
      expect(new Set(Object.values(zoneOf(template)))).toEqual(new Set([undefined]));
    }
  });

  it('is known to the functions that read dates or name windows, and changes nothing else', () => {
    const template = synthesizeTemplate(settingsFor('dev', { timeZone: 'Europe/London' }));
    expect(zoneOf(template)).toEqual({
      Aggregator: 'Europe/London',
      ApiHandler: 'Europe/London',
      ReconcileAudit: 'Europe/London',
      ReconcileDecide: undefined,
      ReconcileDigest: 'Europe/London',
      ReconcileHeal: 'Europe/London',
      ReconcilePlan: undefined,
      ReconcileRedrive: 'Europe/London',
      ReconcileReport: undefined,
    });
    const withoutZone = (some: SynthesizedTemplate) =>
      JSON.stringify({ ...objectOf(some.source), Outputs: {} }).replaceAll(/,?"TIME_ZONE":"[^"]*"/g, '');
    expect(withoutZone(template)).toBe(withoutZone(dev));
  });

  it('may be set for rows without dates, although it moves none of their windows', () => {
    const undated = { source: { ...defaultSource, createdAt: 'none' }, timeWindows: {} } as const;
    expect(() => settingsFor('dev', { ...undated, timeZone: 'Europe/London' })).not.toThrow();
  });
});

describe('the functions', () => {
  it('are bundles of at most 320 KB, whose sizes docs/benchmarks.md states', () => {
    const page = readDocument('benchmarks.md');
    const [, smallest, largest, decide] =
      /SDK inside, (\d+) to (\d+) KB.*?decide[^\d]*(\d+) KB/s.exec(page) ?? [];
    const bytes = dev.bundleBytes.toSorted((a, b) => a - b);
    expect(bytes).toHaveLength(9);
    expect(bytes.at(-1)).toBeLessThanOrEqual(320_000);
    // Decide has no SDK. Within five percent, because a bundle changes with every line of a handler.
    const stated = [decide, smallest, largest].map((kilobytes) => Number(kilobytes) * 1000);
    const actual = [bytes[0], bytes[1], bytes.at(-1)].map(Number);
    actual.forEach((size, index) => expect(Math.abs(size / (stated[index] ?? 0) - 1)).toBeLessThan(0.05));
  });
});
