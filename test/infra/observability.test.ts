/** The dashboard and alarms use only metrics that are emitted, and cover every table and index. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { watching } from '../../infra/cost/estimate.ts';
import { settingsFor } from '../../infra/settings/settings.ts';
import { metricsDimension, metricUnits } from '../../src/lambda/metrics.ts';
import { type NamedMetric, alarmsOf, dashboardOf, metricsOf } from '../support/cloudwatch.ts';
import {
  objectOf,
  resourceNamed,
  resourcesOf,
  synthesizeTemplate,
  variablesOf,
} from '../support/synthesized-template.ts';

const topicArn = 'arn:aws:sns:eu-central-1:123456789012:on-call';
const template = synthesizeTemplate(settingsFor('prod'));
const dashboard = dashboardOf(template);
const alarms = alarmsOf(template);
const readPage = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8').split('\n');
const everyMetric = [...dashboard.widgets, ...alarms].flatMap(metricsOf);

/** Metric names and dimensions from the guide of each AWS service. */
const awsMetrics: Readonly<Record<string, { dimensions: readonly string[]; names: readonly string[] }[]>> = {
  'AWS/EventBridge/Pipes': [
    {
      dimensions: ['PipeName'],
      names: [
        'Duration',
        'EventCount',
        'EventSize',
        'ExecutionFailed',
        'ExecutionPartiallyFailed',
        'ExecutionThrottled',
        'ExecutionTimeout',
        'Invocations',
        'TargetStageDuration',
        'TargetStageFailed',
      ],
    },
  ],
  'AWS/Lambda': [{ dimensions: ['FunctionName'], names: ['Duration', 'Errors', 'Invocations', 'Throttles'] }],
  'AWS/SQS': [
    {
      dimensions: ['QueueName'],
      names: [
        'ApproximateAgeOfOldestMessage',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesVisible',
      ],
    },
  ],
  'AWS/States': [
    {
      dimensions: ['StateMachineArn'],
      names: ['ExecutionsAborted', 'ExecutionsFailed', 'ExecutionsSucceeded', 'ExecutionsTimedOut'],
    },
  ],
  'AWS/ApiGateway': [
    {
      dimensions: ['ApiId'],
      names: ['4xx', '5xx', 'Count', 'DataProcessed', 'IntegrationLatency', 'Latency'],
    },
  ],
  'AWS/DynamoDB': [
    {
      dimensions: ['TableName'],
      names: ['ConsumedWriteCapacityUnits', 'ReadThrottleEvents', 'WriteThrottleEvents'],
    },
    { dimensions: ['Operation', 'StreamLabel', 'TableName'], names: ['ReturnedRecordsCount'] },
    {
      dimensions: ['GlobalSecondaryIndexName', 'TableName'],
      names: ['ReadThrottleEvents', 'WriteThrottleEvents'],
    },
  ],
};

describe('every metric of the dashboard and the alarms', () => {
  it('is emitted by our handlers or by AWS', () => {
    const services = resourcesOf(template, 'AWS::Lambda::Function').map(
      ({ properties }) => variablesOf(properties)['POWERTOOLS_SERVICE_NAME'],
    );
    const isOurs = ({ namespace, name, dimensions }: NamedMetric) =>
      namespace === 'FavouriteCounts-prod' &&
      Object.keys(metricUnits).includes(name) &&
      Object.keys(dimensions).join() === metricsDimension &&
      services.includes(dimensions[metricsDimension]);
    const isOfAws = ({ namespace, name, dimensions }: NamedMetric) =>
      awsMetrics[namespace]?.some(
        (known) =>
          known.names.includes(name) && known.dimensions.join() === Object.keys(dimensions).toSorted().join(),
      ) ?? false;
    expect(everyMetric.length).toBeGreaterThan(40);
    expect(everyMetric.filter((metric) => !isOurs(metric) && !isOfAws(metric))).toEqual([]);
  });

  it('belongs to a resource of this stack', () => {
    const parts = new Set(everyMetric.flatMap(({ dimensions }) => Object.values(dimensions)));
    expect([...parts].toSorted()).toEqual([
      'AggregatorFunction',
      'Api',
      'ApiHandlerFunction',
      'DeadLettersQueue.QueueName',
      'GetRecords',
      'Pipe',
      'ReconcileWorkflowStateMachine.Arn',
      'TablesAggregatedFavourites',
      'TablesCountedFavourites',
      'TablesFavourites',
      'TablesFavourites.StreamArn[3]',
      'TablesReconcileLease',
      'aggregator',
      'by_user',
      'ranking',
      'reconcile-report',
    ]);
  });
});

describe('the dashboard', () => {
  const titled = (title: string) => {
    const widget = dashboard.widgets.find((each) => each.title === title);
    if (widget === undefined) throw new Error(`No widget has the title ${title}`);
    return metricsOf(widget).map(({ name, statistic }) => `${name} ${statistic}`);
  };

  it('is the only dashboard, has the name of the stack, and fits the grid', () => {
    expect(resourcesOf(template, 'AWS::CloudWatch::Dashboard')).toHaveLength(1);
    expect(dashboard.name).toBe('FavouriteCounts-prod');
    for (const { x, width } of dashboard.widgets) expect(x + width).toBeLessThanOrEqual(24);
    expect(new Set(dashboard.widgets.map(({ title }) => title)).size).toBe(dashboard.widgets.length);
  });

  it('has each of its graphs explained in docs/dashboard.md', () => {
    const explained = readPage('dashboard.md').flatMap((line) => /^\| ([A-Z][^|]+) \|/.exec(line)?.[1] ?? []);
    expect(explained).toEqual(dashboard.widgets.map(({ title }) => title));
  });

  it('uses, together with the alarms, the number of metrics that docs/cost.md states', () => {
    const cost = readPage('cost.md').join('\n');
    expect(cost).toContain(`${Object.keys(metricUnits).length} metrics of our own`);
    expect(cost).toContain(`alarms on ${alarms.flatMap(metricsOf).length} metrics`);
    expect(watching).toEqual({
      metrics: Object.keys(metricUnits).length,
      alarmMetrics: alarms.flatMap(metricsOf).length,
      dashboards: 1,
    });
  });

  it('shows the state of every alarm first', () => {
    expect(dashboard.widgets[0]?.title).toBe('Alarms');
    expect(dashboard.alarms.toSorted()).toEqual(alarms.map(({ name }) => `${name}.Arn`).toSorted());
  });

  it.each([
    ['Traffic by kind of event', ['MarksReceived Sum', 'UnmarksReceived Sum']],
    ['Lag: written to counted (ms)', ['Lag p50', 'Lag p99']],
    [
      'Outcome of the records',
      [
        'RecordsApplied Sum',
        'RecordsStale Sum',
        'RecordsSkipped Sum',
        'RecordsPoison Sum',
        'RecordsFailed Sum',
      ],
    ],
    [
      'Transactions, conflicts and retries',
      ['Transactions Sum', 'TransactionConflicts Sum', 'TransactionRetries Sum'],
    ],
    ['Write units per event', ['WriteUnitsConsumed Sum', 'RecordsApplied Sum']],
    [
      'Reconcile: duration of each stage (ms)',
      ['ReconcileRedriveDuration Maximum', 'ReconcileHealDuration Maximum', 'ReconcileAuditDuration Maximum'],
    ],
  ])('shows %s', (title, expected) => {
    expect(titled(title)).toEqual(expected);
  });

  it('shows latency and errors of the API', () => {
    expect(titled('API: requests and errors')).toEqual(['Count Sum', '4xx Sum', '5xx Sum']);
    expect(titled('API: latency (ms)')).toEqual(['Latency p50', 'Latency p99', 'IntegrationLatency p99']);
  });

  it('shows the pipe, the aggregator, dead letters, drift and reconcile runs', () => {
    expect(titled('Pipe: invocations and failures')).toEqual(
      expect.arrayContaining(['Invocations Sum', 'ExecutionFailed Sum', 'EventCount Sum']),
    );
    expect(titled('Aggregator: errors and duration')).toEqual(
      expect.arrayContaining(['Errors Sum', 'Duration p99']),
    );
    expect(titled('Dead letters')).toEqual(
      expect.arrayContaining(['ApproximateNumberOfMessagesVisible Maximum']),
    );
    expect(titled('Reconcile: drift')).toEqual(
      expect.arrayContaining(['ReconcileRegisterDriftFound Sum', 'ReconcileCountDriftFound Sum']),
    );
    expect(titled('Reconcile: runs and dead letters redriven')).toEqual(
      expect.arrayContaining(['ExecutionsFailed Sum', 'DeadLettersRedriven Sum']),
    );
  });

  it('shows throttling of every table and every index', () => {
    const expected = resourcesOf(template, 'AWS::DynamoDB::Table').flatMap(({ name, properties }) => [
      { TableName: name },
      ...Object.values(objectOf(properties['GlobalSecondaryIndexes'] ?? {})).map((index) => ({
        TableName: name,
        GlobalSecondaryIndexName: objectOf(index)['IndexName'],
      })),
    ]);
    for (const direction of ['ReadThrottleEvents', 'WriteThrottleEvents']) {
      const shown = dashboard.widgets
        .flatMap(metricsOf)
        .filter(({ name }) => name === direction)
        .map(({ dimensions }) => dimensions);
      expect(shown).toHaveLength(expected.length);
      expect(shown).toEqual(expect.arrayContaining(expected));
    }
  });
});

describe('the alarms', () => {
  const propertiesOf = (name: string, of = template) =>
    resourceNamed(of, 'AWS::CloudWatch::Alarm', `ObservabilityAlarms${name}`).properties;
  const namesIn = (name: string) =>
    alarms.filter((alarm) => alarm.name === `ObservabilityAlarms${name}`).flatMap(metricsOf);

  it('are these seven, and treat missing data as not breaching', () => {
    expect(alarms.map(({ name }) => name.replace('ObservabilityAlarms', '')).toSorted()).toEqual([
      'ApiErrors',
      'DeadLetters',
      'Lag',
      'PipeFailing',
      'PipeStandsStill',
      'ReconcileFailed',
      'RejectedRows',
    ]);
    for (const { properties } of resourcesOf(template, 'AWS::CloudWatch::Alarm')) {
      expect(properties).toMatchObject({
        TreatMissingData: 'notBreaching',
        ComparisonOperator: 'GreaterThanThreshold',
      });
    }
  });

  it('are explained in docs/dashboard.md, under the first words of their descriptions', () => {
    const headings = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(({ properties }) => {
      const description = String(properties['AlarmDescription']);
      expect(description).toMatch(/See docs\/dashboard\.md\.$/);
      return `### ${description.split(':')[0] ?? ''}`;
    });
    const page = readPage('dashboard.md');
    expect(page.filter((line) => line.startsWith('### ')).toSorted()).toEqual(headings.toSorted());
  });

  it('go off at the first dead letter, whether it is visible or in flight', () => {
    expect(propertiesOf('DeadLetters')).toMatchObject({
      Threshold: 0,
      EvaluationPeriods: 1,
      DatapointsToAlarm: 1,
    });
    expect(namesIn('DeadLetters').map(({ name }) => name)).toEqual([
      'ApproximateNumberOfMessagesVisible',
      'ApproximateNumberOfMessagesNotVisible',
    ]);
  });

  it('go off when the 99th percentile of the lag stays above its setting', () => {
    expect(propertiesOf('Lag')).toMatchObject({
      Namespace: 'FavouriteCounts-prod',
      MetricName: 'Lag',
      ExtendedStatistic: 'p99',
      Period: 60,
      Threshold: 60_000,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 3,
    });
    const slow = synthesizeTemplate(settingsFor('prod', { alarms: { lagSeconds: 300 } }));
    expect(propertiesOf('Lag', slow)['Threshold']).toBe(300_000);
  });

  it('go off when the pipe keeps failing, or nothing reads its stream while Favourites is written', () => {
    expect(namesIn('PipeFailing').map(({ name }) => name)).toEqual(['ExecutionFailed', 'ExecutionTimeout']);
    expect(propertiesOf('PipeFailing')).toMatchObject({ EvaluationPeriods: 5, DatapointsToAlarm: 3 });
    expect(namesIn('PipeStandsStill')).toMatchObject([
      { name: 'ConsumedWriteCapacityUnits', dimensions: { TableName: 'TablesFavourites' } },
      {
        name: 'ReturnedRecordsCount',
        statistic: 'SampleCount',
        dimensions: {
          TableName: 'TablesFavourites',
          StreamLabel: 'TablesFavourites.StreamArn[3]',
          Operation: 'GetRecords',
        },
      },
      { name: 'Invocations', dimensions: { PipeName: 'Pipe' } },
    ]);
  });

  it('go off when a reconcile fails or times out', () => {
    expect(namesIn('ReconcileFailed').map(({ name }) => name)).toEqual([
      'ExecutionsFailed',
      'ExecutionsTimedOut',
    ]);
  });

  it('include one that goes off when more rows are rejected than the setting allows', () => {
    expect(propertiesOf('RejectedRows')).toMatchObject({
      Namespace: 'FavouriteCounts-prod',
      MetricName: 'ReconcileUncountableRows',
      Statistic: 'Maximum',
      Period: 3600,
      Threshold: 0,
      EvaluationPeriods: 1,
    });
    const known = synthesizeTemplate(settingsFor('prod', { alarms: { rejectedRowsMax: 12 } }));
    expect(propertiesOf('RejectedRows', known)['Threshold']).toBe(12);
  });

  it('go off when 5% of the API requests fail, but not when the API rejects requests', () => {
    expect(propertiesOf('ApiErrors')).toMatchObject({
      Threshold: 5,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 3,
    });
    expect(namesIn('ApiErrors').map(({ name }) => name)).toEqual(['5xx', 'Count']);
  });

  it('do not cover the API, and neither does the dashboard, when the stack has no API', () => {
    const without = synthesizeTemplate(settingsFor('prod', { api: { enabled: false } }));
    expect(alarmsOf(without)).toHaveLength(alarms.length - 1);
    expect(dashboardOf(without).widgets).toHaveLength(dashboard.widgets.length - 3);
  });

  it('notify the topic of the settings when they start and end, and have no actions without a topic', () => {
    const withTopic = synthesizeTemplate(settingsFor('prod', { alarms: { topicArn } }));
    for (const { properties } of resourcesOf(withTopic, 'AWS::CloudWatch::Alarm')) {
      expect(properties).toMatchObject({ AlarmActions: [topicArn], OKActions: [topicArn] });
    }
    for (const { properties } of resourcesOf(template, 'AWS::CloudWatch::Alarm')) {
      expect(properties).not.toHaveProperty('AlarmActions');
    }
  });
});
