/** Every permission that the stack gives, one by one: an action that is not written here fails the test. */
import { describe, expect, it } from '@jest/globals';
import { settingsFor } from '../../infra/settings.ts';
import {
  objectOf,
  resourceNamed,
  resourcesOf,
  synthesizeTemplate,
  type TemplateResource,
} from '../support/synthesized-template.ts';

const template = synthesizeTemplate(settingsFor('prod'));
const insideTransactionsOnly = {
  'ForAnyValue:StringEquals': { 'dynamodb:EnclosingOperation': ['TransactWriteItems'] },
};

interface Permission {
  readonly role: unknown;
  readonly effect: unknown;
  readonly action: unknown;
  readonly resource: unknown;
  readonly condition?: unknown;
}

function permissionsOf({ properties }: TemplateResource): readonly Permission[] {
  const { PolicyDocument: document, Roles: roles } = properties;
  return listOf(objectOf(document)['Statement']).flatMap((statement) => {
    const {
      Effect: effect,
      Action: actions,
      Resource: resources,
      Condition: condition,
      ...rest
    } = objectOf(statement);
    expect(rest).toEqual({});
    return listOf(roles).flatMap((role) =>
      listOf(resources).flatMap((resource) =>
        listOf(actions).map((action) => ({
          role,
          effect,
          action,
          resource,
          ...(condition !== undefined && { condition }),
        })),
      ),
    );
  });
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

const permissions = resourcesOf(template, 'AWS::IAM::Policy').flatMap(permissionsOf);

describe('permissions', () => {
  it('of the aggregator are to write counts inside transactions, dead letters and its own log, and no more', () => {
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

  it('of the pipe are to read this stream, invoke the aggregator, and write dead letters and its own log', () => {
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

  it('are given to nobody else, and in no other way', () => {
    expect(new Set(permissions.map(({ role }) => role))).toEqual(new Set(['AggregatorRole', 'PipeRole']));
    const roles = resourcesOf(template, 'AWS::IAM::Role');
    expect(roles.map(({ name }) => name)).toEqual(['AggregatorRole', 'PipeRole']);
    for (const { properties } of roles) expect(Object.keys(properties)).toEqual(['AssumeRolePolicyDocument']);
    for (const { properties } of template.resources) expect(properties).not.toHaveProperty('ResourcePolicy');
    expect(template.resources.map(({ type }) => type)).not.toContain('AWS::Lambda::Permission');
  });

  it('never let anybody write Favourites, nor read it beside its stream', () => {
    const onFavourites = permissions.filter(({ resource }) =>
      JSON.stringify(resource).includes('TablesFavourites'),
    );
    expect(new Set(onFavourites.map(({ resource }) => resource))).toEqual(
      new Set(['TablesFavourites.StreamArn']),
    );
    expect(permissions.filter(({ resource }) => JSON.stringify(resource).includes('*'))).toEqual([]);
  });

  it('let only Lambda, and only pipes of this account, take the roles', () => {
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

  it('on the dead letters are refused to everybody without TLS', () => {
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
