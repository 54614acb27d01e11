/** The parts of the reconcile in the template: functions, state machine, schedules. */
import { defaultSource } from '../../src/counting/source/source.ts';
import { describe, expect, it } from '@jest/globals';
import { settingsFor } from '../../infra/settings/settings.ts';
import { readEnvironment } from '../../src/lambda/environment.ts';
import {
  auditVariables,
  decideVariables,
  digestVariables,
  healVariables,
  planVariables,
  redriveVariables,
  reportVariables,
} from '../../src/lambda/settings.ts';
import { readDefinition, substitutions } from '../support/reconcile-definition.ts';
import {
  objectOf,
  resourceNamed,
  resourcesOf,
  synthesizeTemplate,
  valueAt,
  variablesOf,
} from '../support/synthesized-template.ts';

const template = synthesizeTemplate(settingsFor('dev'));
const functionOf = (stage: string) =>
  resourceNamed(template, 'AWS::Lambda::Function', `Reconcile${stage}Function`).properties;
const stateMachine = resourceNamed(template, 'AWS::StepFunctions::StateMachine');
const scheduleOf = (name: string, of = template) => resourceNamed(of, 'AWS::Scheduler::Schedule', name);

const commit = {
  countedFavouritesTable: 'TablesCountedFavourites',
  aggregatedFavouritesTable: 'TablesAggregatedFavourites',
  timeWindows: { MONTH: 1130, DAY: 62 },
  timeZone: 'UTC',
  rankingShards: 10,
  ranking: {},
  commitConcurrency: 4,
};

describe('the functions of the reconcile', () => {
  it.each([
    {
      stage: 'Plan',
      reads: planVariables,
      expected: {
        favouritesTable: 'TablesFavourites',
        favouritesStreamArn: 'TablesFavourites.StreamArn',
        countedFavouritesTable: 'TablesCountedFavourites',
        aggregatedFavouritesTable: 'TablesAggregatedFavourites',
        reconcileLeaseTable: 'TablesReconcileLease',
        graceSeconds: 60,
        leaseSeconds: 3600,
        segmentMegabytes: 64,
        segmentsMax: 20,
        source: defaultSource,
      },
    },
    {
      stage: 'Redrive',
      reads: redriveVariables,
      expected: {
        ...commit,
        favouritesTable: 'TablesFavourites',
        favouritesTableArn: 'TablesFavourites.Arn',
        deadLetterQueueUrl: 'DeadLettersQueue',
        source: defaultSource,
      },
    },
    {
      stage: 'Digest',
      reads: digestVariables,
      expected: {
        favouritesTable: 'TablesFavourites',
        countedFavouritesTable: 'TablesCountedFavourites',
        reconcileLeaseTable: 'TablesReconcileLease',
        timeZone: 'UTC',
        source: defaultSource,
      },
    },
    {
      stage: 'Heal',
      reads: healVariables,
      expected: {
        ...commit,
        favouritesTable: 'TablesFavourites',
        reconcileLeaseTable: 'TablesReconcileLease',
        seedUnitsPerSecond: 2000,
        source: defaultSource,
      },
    },
    {
      stage: 'Decide',
      reads: decideVariables,
      expected: { favouritesTable: 'TablesFavourites', uncountsMaxPercent: 20, source: defaultSource },
    },
    {
      stage: 'Audit',
      reads: auditVariables,
      expected: { ...commit, secondReadingSeconds: 10, holdSeconds: 10 },
    },
    {
      stage: 'Report',
      reads: reportVariables,
      expected: { reconcileLeaseTable: 'TablesReconcileLease' },
    },
  ])('get only the environment that their handler reads: $stage', ({ stage, reads, expected }) => {
    const variables = variablesOf(functionOf(stage));
    const read: string[] = [];
    const watched = new Proxy(variables, {
      get: (target, name: string) => {
        read.push(name);
        return target[name];
      },
    });
    expect(readEnvironment(reads, watched)).toEqual(expected);
    // The default source needs no variable.
    const needed = read.filter((name) => !['SOURCE', 'TIME_ZONE', 'RANKING'].includes(name));
    expect(Object.keys(variables).toSorted()).toEqual(
      [
        ...needed,
        'POWERTOOLS_LOG_LEVEL',
        'POWERTOOLS_METRICS_NAMESPACE',
        'POWERTOOLS_SERVICE_NAME',
      ].toSorted(),
    );
    expect(variables).toMatchObject({
      POWERTOOLS_SERVICE_NAME: `reconcile-${stage.toLowerCase()}`,
      POWERTOOLS_METRICS_NAMESPACE: 'FavouriteCounts-dev',
      POWERTOOLS_LOG_LEVEL: 'INFO',
    });
  });

  it.each(['Plan', 'Redrive', 'Digest', 'Heal', 'Decide', 'Audit', 'Report'])(
    'get the memory and timeout of the settings: %s',
    (stage) => {
      expect(functionOf(stage)).toMatchObject({
        Architectures: ['arm64'],
        Runtime: 'nodejs24.x',
        MemorySize: 512,
        Timeout: 300,
        Role: `Reconcile${stage}Role.Arn`,
        LoggingConfig: { LogGroup: `Reconcile${stage}Log` },
      });
    },
  );
});

describe('the state machine', () => {
  it('has the definition in the file, with every placeholder replaced', () => {
    const { DefinitionString: text, DefinitionSubstitutions: given } = stateMachine.properties;
    const placeholders = [...String(text).matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? '');
    expect(given).toEqual({
      PlanFunctionArn: 'ReconcilePlanFunction.Arn',
      RedriveFunctionArn: 'ReconcileRedriveFunction.Arn',
      HealFunctionArn: 'ReconcileHealFunction.Arn',
      DecideFunctionArn: 'ReconcileDecideFunction.Arn',
      DigestFunctionArn: 'ReconcileDigestFunction.Arn',
      AuditFunctionArn: 'ReconcileAuditFunction.Arn',
      ReportFunctionArn: 'ReconcileReportFunction.Arn',
      Concurrency: '20',
      MetricsNamespace: 'FavouriteCounts-dev',
    });
    expect(new Set(placeholders)).toEqual(new Set(Object.keys(objectOf(given))));
    const substituted = String(text).replaceAll(
      /\$\{(\w+)\}/g,
      (_, name: string) => substitutions[name] ?? '',
    );
    expect(JSON.parse(substituted)).toEqual(readDefinition());
  });

  it('is of the standard type, and logs errors without execution data', () => {
    expect(stateMachine.properties).toMatchObject({
      StateMachineType: 'STANDARD',
      RoleArn: 'ReconcileWorkflowRole.Arn',
      LoggingConfiguration: {
        Level: 'ERROR',
        IncludeExecutionData: false,
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: 'ReconcileWorkflowLog.Arn' } }],
      },
    });
    expect(resourceNamed(template, 'AWS::Logs::LogGroup', 'ReconcileWorkflowLog').properties).toEqual({
      LogGroupName: '/aws/vendedlogs/states/FavouriteCounts-dev',
      RetentionInDays: 30,
    });
  });

  it('is created after its role’s policy, and before the resources that reference it', () => {
    expect(stateMachine.dependsOn).toContain('ReconcileWorkflowRoleDefaultPolicy');
    expect(stateMachine.dependsOn).not.toContain('ReconcileWorkflowChildExecutions');
  });
});

describe('the schedules', () => {
  it('redrive every 15 minutes, and repair once a week at a minute when no redrive starts', () => {
    const common = {
      ScheduleExpressionTimezone: 'UTC',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
    };
    const target = { Arn: 'ReconcileWorkflowStateMachine.Arn', RoleArn: 'ReconcileSchedulesRole.Arn' };
    expect(scheduleOf('ReconcileSchedulesRedrive').properties).toMatchObject({
      ...common,
      ScheduleExpression: 'cron(0/15 * * * ? *)',
      Target: { ...target, Input: '{"mode":"redrive"}' },
    });
    expect(scheduleOf('ReconcileSchedulesRepair').properties).toMatchObject({
      ...common,
      ScheduleExpression: 'cron(37 3 ? * SUN *)',
      Target: { ...target, Input: '{"mode":"repair"}' },
    });
    expect(resourcesOf(template, 'AWS::Scheduler::Schedule')).toHaveLength(2);
  });

  it('are created after their role’s policy, and stop retrying before the next run is due', () => {
    for (const { properties, dependsOn } of resourcesOf(template, 'AWS::Scheduler::Schedule')) {
      expect(dependsOn).toContain('ReconcileSchedulesRoleDefaultPolicy');
      expect(valueAt(properties, ['Target', 'RetryPolicy'])).toEqual({
        MaximumEventAgeInSeconds: 600,
        MaximumRetryAttempts: 5,
      });
    }
  });

  it('are both disabled by one setting, and use the rates and the time zone of the settings', () => {
    const other = synthesizeTemplate(
      settingsFor('prod', {
        reconcile: {
          scheduled: false,
          redriveSchedule: 'rate(1 hour)',
          repairSchedule: 'cron(0 4 * * ? *)',
          timeZone: 'Europe/Berlin',
        },
      }),
    );
    const off = { State: 'DISABLED', ScheduleExpressionTimezone: 'Europe/Berlin' };
    expect(scheduleOf('ReconcileSchedulesRedrive', other).properties).toMatchObject({
      ...off,
      ScheduleExpression: 'rate(1 hour)',
    });
    expect(scheduleOf('ReconcileSchedulesRepair', other).properties).toMatchObject({
      ...off,
      ScheduleExpression: 'cron(0 4 * * ? *)',
    });
  });
});

describe('the settings of the reconcile', () => {
  it('reach their functions', () => {
    const other = synthesizeTemplate(
      settingsFor('dev', {
        reconcile: {
          graceSeconds: 5,
          leaseSeconds: 600,
          segmentMegabytes: 1,
          segmentsMax: 7,
          uncountsMaxPercent: 7,
          seedUnitsPerSecond: 99,
          secondReadingSeconds: 1,
          holdSeconds: 2,
          memoryMegabytes: 1024,
          timeoutSeconds: 60,
        },
      }),
    );
    const propertiesOf = (stage: string) =>
      resourceNamed(other, 'AWS::Lambda::Function', `Reconcile${stage}Function`).properties;
    expect(readEnvironment(planVariables, variablesOf(propertiesOf('Plan')))).toMatchObject({
      graceSeconds: 5,
      leaseSeconds: 600,
      segmentMegabytes: 1,
      segmentsMax: 7,
    });
    expect(readEnvironment(healVariables, variablesOf(propertiesOf('Heal'))).seedUnitsPerSecond).toBe(99);
    const decided = readEnvironment(decideVariables, variablesOf(propertiesOf('Decide')));
    expect(decided.uncountsMaxPercent).toBe(7);
    expect(readEnvironment(auditVariables, variablesOf(propertiesOf('Audit')))).toMatchObject({
      secondReadingSeconds: 1,
      holdSeconds: 2,
    });
    expect(propertiesOf('Redrive')).toMatchObject({ MemorySize: 1024, Timeout: 60 });
    const { properties } = resourceNamed(other, 'AWS::StepFunctions::StateMachine');
    expect(valueAt(properties, ['DefinitionSubstitutions', 'Concurrency'])).toBe('7');
  });
});
