/**
 * Every permission, one by one. An action fails a test unless it is listed here, in
 * reconcile-permissions.test.ts or in api.test.ts.
 */
import { describe, expect, it } from '@jest/globals';
import { settingsFor } from '../../infra/settings/settings.ts';
import { insideTransactionsOnly, permissionsOf } from '../support/permissions.ts';
import { resourceNamed, resourcesOf, synthesizeTemplate } from '../support/synthesized-template.ts';

const template = synthesizeTemplate(settingsFor('prod'));
const permissions = permissionsOf(template);
const roleNames = [
  'AggregatorRole',
  'ApiHandlerRole',
  'PipeRole',
  'ReconcileAuditRole',
  'ReconcileDecideRole',
  'ReconcileDigestRole',
  'ReconcileHealRole',
  'ReconcilePlanRole',
  'ReconcileRedriveRole',
  'ReconcileReportRole',
  'ReconcileSchedulesRole',
  'ReconcileWorkflowRole',
];

describe('the permissions', () => {
  it('let the aggregator write counts in transactions, dead letters and its log, and nothing else', () => {
    const allow = { role: 'AggregatorRole', effect: 'Allow' };
    expect(permissions.filter(({ role }) => role === 'AggregatorRole')).toEqual([
      { ...allow, action: 'logs:CreateLogStream', resource: 'AggregatorLog.Arn' },
      { ...allow, action: 'logs:PutLogEvents', resource: 'AggregatorLog.Arn' },
      {
        ...allow,
        action: 'dynamodb:PutItem',
        resource: 'TablesCountedFavourites.Arn',
        condition: insideTransactionsOnly,
      },
      {
        ...allow,
        action: 'dynamodb:UpdateItem',
        resource: 'TablesAggregatedFavourites.Arn',
        condition: insideTransactionsOnly,
      },
      { ...allow, action: 'sqs:SendMessage', resource: 'DeadLettersQueue.Arn' },
    ]);
  });

  it('let the pipe only read its stream, invoke the aggregator, and write dead letters and its log', () => {
    const allow = { role: 'PipeRole', effect: 'Allow' };
    expect(permissions.filter(({ role }) => role === 'PipeRole')).toEqual([
      { ...allow, action: 'dynamodb:DescribeStream', resource: 'TablesFavourites.StreamArn' },
      { ...allow, action: 'dynamodb:GetRecords', resource: 'TablesFavourites.StreamArn' },
      { ...allow, action: 'dynamodb:GetShardIterator', resource: 'TablesFavourites.StreamArn' },
      { ...allow, action: 'dynamodb:ListStreams', resource: 'TablesFavourites.StreamArn' },
      { ...allow, action: 'lambda:InvokeFunction', resource: 'AggregatorFunction.Arn' },
      { ...allow, action: 'sqs:SendMessage', resource: 'DeadLettersQueue.Arn' },
      { ...allow, action: 'logs:CreateLogStream', resource: 'PipeLog.Arn' },
      { ...allow, action: 'logs:PutLogEvents', resource: 'PipeLog.Arn' },
    ]);
  });

  it('belong only to these roles, and come from no managed or resource policy', () => {
    const roles = resourcesOf(template, 'AWS::IAM::Role');
    expect(roles.map(({ name }) => name).toSorted()).toEqual(roleNames);
    expect([...new Set(permissions.map(({ role }) => String(role)))].toSorted()).toEqual(roleNames);
    for (const { properties } of roles) expect(Object.keys(properties)).toEqual(['AssumeRolePolicyDocument']);
    for (const { properties } of template.resources) expect(properties).not.toHaveProperty('ResourcePolicy');
    // api.test.ts checks which API may invoke the function.
    expect(resourcesOf(template, 'AWS::Lambda::Permission').map(({ name }) => name)).toEqual([
      'ApiPermission',
    ]);
  });

  it('never let any part of the pipeline write Favourites', () => {
    const onFavourites = permissions.filter(
      ({ role, resource }) =>
        role !== 'ApiHandlerRole' && JSON.stringify(resource).includes('TablesFavourites'),
    );
    const actions = new Set(onFavourites.map(({ action }) => String(action)));
    expect([...actions].toSorted()).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:DescribeStream',
      'dynamodb:DescribeTable',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
      'dynamodb:Scan',
    ]);
    expect(new Set(onFavourites.map(({ role }) => role))).toEqual(
      new Set([
        'PipeRole',
        'ReconcileDigestRole',
        'ReconcileHealRole',
        'ReconcilePlanRole',
        'ReconcileRedriveRole',
      ]),
    );
  });

  it('let no role write registers or counts outside a transaction', () => {
    const writes = permissions.filter(
      ({ action, resource }) =>
        /:(Put|Update|Delete|BatchWrite|PartiQL)/.test(String(action)) &&
        /Tables(Counted|Aggregated)Favourites/.test(JSON.stringify(resource)),
    );
    expect(writes).toHaveLength(7);
    for (const { condition } of writes) expect(condition).toEqual(insideTransactionsOnly);
  });

  it('have wildcard resources only in two roles, and no wildcard actions', () => {
    const wide = permissions.filter(({ resource }) => JSON.stringify(resource).includes('*'));
    expect([...new Set(wide.map(({ role }) => role))]).toEqual([
      'ReconcileRedriveRole',
      'ReconcileWorkflowRole',
    ]);
    for (const { action } of permissions) expect(action).not.toContain('*');
  });

  it('let only Lambda assume the aggregator’s role, and only pipes of this account the pipe’s role', () => {
    const trustOf = (name: string) => resourceNamed(template, 'AWS::IAM::Role', name).properties;
    expect(trustOf('AggregatorRole')['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
      ],
    });
    expect(trustOf('PipeRole')['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'pipes.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': 'AWS::AccountId' } },
        },
      ],
    });
  });

  it('deny requests without TLS to the dead-letter queue', () => {
    expect(resourceNamed(template, 'AWS::SQS::QueuePolicy').properties).toMatchObject({
      Queues: ['DeadLettersQueue'],
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Action: 'sqs:*',
            Resource: 'DeadLettersQueue.Arn',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    });
  });
});
