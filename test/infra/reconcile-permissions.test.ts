/** Every permission of the reconcile, one by one. An action that is not listed here fails a test. */
import { describe, expect, it } from '@jest/globals';
import { settingsFor } from '../../infra/settings/settings.ts';
import { permissionsOf, permissionTextsOf } from '../support/permissions.ts';
import { resourceNamed, synthesizeTemplate } from '../support/synthesized-template.ts';

const template = synthesizeTemplate(settingsFor('prod'));
const permissions = permissionsOf(template);
const ownLog = (stage: string) => [
  `logs:CreateLogStream on Reconcile${stage}Log.Arn`,
  `logs:PutLogEvents on Reconcile${stage}Log.Arn`,
];
const ofDigests = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['digest#*'] } };
const sums = `TablesReconcileLease.Arn if ${JSON.stringify(ofDigests)}`;
const commit = [
  'dynamodb:PutItem on TablesCountedFavourites.Arn in transactions',
  'dynamodb:UpdateItem on TablesAggregatedFavourites.Arn in transactions',
];

describe('the permissions of a commit', () => {
  it.each([
    { ranking: { ALL_TIME: 100 }, added: ['dynamodb:BatchGetItem on TablesAggregatedFavourites.Arn'] },
    { ranking: { ALL_TIME: 'on', MONTH: 'off', DAY: 'off' }, added: [] },
  ] as const)('include reading counts only if a kind has a floor: $ranking', ({ ranking, added }) => {
    const others = permissionsOf(synthesizeTemplate(settingsFor('prod', { ranking })));
    const roles = new Set(permissions.map(({ role }) => String(role)));
    for (const role of roles) {
      const before = permissionTextsOf(permissions, role);
      const news = permissionTextsOf(others, role).filter((text) => !before.includes(text));
      const commits = ['AggregatorRole', 'ReconcileRedriveRole', 'ReconcileHealRole'].includes(role);
      expect([role, news]).toEqual([role, commits ? added : []]);
    }
  });
});

describe('the permissions of the reconcile', () => {
  it.each([
    {
      stage: 'Plan',
      what: 'to describe the tables, to take the lease, and to remember which table is counted',
      expected: [
        'dynamodb:DescribeTable on TablesFavourites.Arn',
        'dynamodb:DescribeTable on TablesCountedFavourites.Arn',
        'dynamodb:Scan on TablesCountedFavourites.Arn',
        'dynamodb:DescribeTable on TablesAggregatedFavourites.Arn',
        'dynamodb:GetItem on TablesReconcileLease.Arn',
        'dynamodb:PutItem on TablesReconcileLease.Arn',
      ],
    },
    {
      stage: 'Redrive',
      what: 'to take dead letters, read streams, favourites and registers, and commit',
      expected: [
        'dynamodb:BatchGetItem on TablesFavourites.Arn',
        'dynamodb:BatchGetItem on TablesCountedFavourites.Arn',
        'dynamodb:GetRecords on TablesFavourites.Arn/stream/*',
        'dynamodb:GetShardIterator on TablesFavourites.Arn/stream/*',
        ...commit,
        'sqs:ChangeMessageVisibility on DeadLettersQueue.Arn',
        'sqs:DeleteMessage on DeadLettersQueue.Arn',
        'sqs:ReceiveMessage on DeadLettersQueue.Arn',
        'sqs:SendMessage on DeadLettersQueue.Arn',
      ],
    },
    {
      stage: 'Digest',
      what: 'to scan favourites and registers, and keep their sums',
      expected: [
        'dynamodb:Scan on TablesFavourites.Arn',
        'dynamodb:Scan on TablesCountedFavourites.Arn',
        `dynamodb:GetItem on ${sums}`,
        `dynamodb:PutItem on ${sums}`,
      ],
    },
    {
      stage: 'Heal',
      what: 'to read favourites, registers and sums, and commit',
      expected: [
        ...['BatchGetItem', 'Scan'].flatMap((action) => [
          `dynamodb:${action} on TablesFavourites.Arn`,
          `dynamodb:${action} on TablesCountedFavourites.Arn`,
        ]),
        `dynamodb:GetItem on ${sums}`,
        ...commit,
      ],
    },
    {
      stage: 'Decide',
      what: 'to write its own log',
      expected: [],
    },
    {
      stage: 'Audit',
      what: 'to read registers and counts, and correct counts',
      expected: [
        'dynamodb:Query on TablesCountedFavourites.Arn',
        'dynamodb:Scan on TablesCountedFavourites.Arn',
        'dynamodb:GetItem on TablesAggregatedFavourites.Arn',
        'dynamodb:Query on TablesAggregatedFavourites.Arn',
        'dynamodb:Scan on TablesAggregatedFavourites.Arn',
        'dynamodb:ConditionCheckItem on TablesAggregatedFavourites.Arn in transactions',
        'dynamodb:UpdateItem on TablesAggregatedFavourites.Arn in transactions',
      ],
    },
    {
      stage: 'Report',
      what: 'to release the lease',
      expected: ['dynamodb:DeleteItem on TablesReconcileLease.Arn'],
    },
  ])('allow $stage only $what', ({ stage, expected }) => {
    expect(permissionTextsOf(permissions, `Reconcile${stage}Role`)).toEqual(
      [...expected, ...ownLog(stage)].toSorted(),
    );
  });

  it('allow the state machine only to call its functions, run executions, read the lag and log', () => {
    const machine = 'ReconcileWorkflowStateMachine';
    const executions = `arn:AWS::Partition:states:AWS::Region:AWS::AccountId:execution:${machine}.Name`;
    expect(permissionTextsOf(permissions, 'ReconcileWorkflowRole')).toEqual([
      'cloudwatch:GetMetricData on *',
      'lambda:InvokeFunction on ReconcileAuditFunction.Arn',
      'lambda:InvokeFunction on ReconcileDecideFunction.Arn',
      'lambda:InvokeFunction on ReconcileDigestFunction.Arn',
      'lambda:InvokeFunction on ReconcileHealFunction.Arn',
      'lambda:InvokeFunction on ReconcilePlanFunction.Arn',
      'lambda:InvokeFunction on ReconcileRedriveFunction.Arn',
      'lambda:InvokeFunction on ReconcileReportFunction.Arn',
      'logs:CreateLogDelivery on *',
      'logs:DeleteLogDelivery on *',
      'logs:DescribeLogGroups on *',
      'logs:DescribeResourcePolicies on *',
      'logs:GetLogDelivery on *',
      'logs:ListLogDeliveries on *',
      'logs:PutResourcePolicy on *',
      'logs:UpdateLogDelivery on *',
      // Distributed Map (Step Functions guide, IAM policies): `NAME:*`, and `NAME/LABEL:*` for executions
      // that a redrive restarts.
      `states:DescribeExecution on ${executions}/*`,
      `states:DescribeExecution on ${executions}:*`,
      `states:RedriveExecution on ${executions}/*`,
      `states:StartExecution on ${machine}.Arn`,
      `states:StopExecution on ${executions}/*`,
      `states:StopExecution on ${executions}:*`,
    ]);
  });

  it('allow the schedules only to start the state machine', () => {
    expect(permissionTextsOf(permissions, 'ReconcileSchedulesRole')).toEqual([
      'states:StartExecution on ReconcileWorkflowStateMachine.Arn',
    ]);
  });

  it.each([
    ['ReconcileWorkflowRole', 'states.amazonaws.com'],
    ['ReconcileSchedulesRole', 'scheduler.amazonaws.com'],
  ])('let only the service, acting for this account, assume %s', (role, service) => {
    const { properties } = resourceNamed(template, 'AWS::IAM::Role', role);
    expect(properties['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: service },
          Condition: { StringEquals: { 'aws:SourceAccount': 'AWS::AccountId' } },
        },
      ],
    });
  });
});
