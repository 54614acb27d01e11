// oxlint-disable no-template-curly-in-string -- they are placeholders of CloudFormation, not of JavaScript
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../infra/local/emulator/engine/engine.ts';
import { startEngine } from '../../infra/local/emulator/engine/start-engine.ts';
import { makeLocalStack } from '../../infra/local/emulator/stack/local-stack.ts';
import type { LocalStack } from '../../infra/local/emulator/stack/parts.ts';
import type { JsonObject } from '../../infra/local/emulator/json.ts';
import { settingsFor } from '../../infra/settings/settings.ts';
import { synthesize } from '../../infra/synthesize.ts';

let directory: string;
let engine: Engine;
let dynamoDb: DynamoDBClient;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'local-stack-'));
  engine = await startEngine({ directory: join(directory, 'db') });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  dynamoDb = new DynamoDBClient({ endpoint: engine.endpoint, region: 'us-east-1', credentials });
});

afterAll(async () => {
  dynamoDb.destroy();
  await engine.stop();
  rmSync(directory, { recursive: true, force: true });
});

function make(
  template: unknown,
  options: { readonly assemblyDirectory?: string; readonly stackName?: string } = {},
) {
  return makeLocalStack({
    template,
    context: {
      stackName: 'Stack',
      namePrefix: 'Stack',
      region: 'us-east-1',
      accountId: '000000000000',
      assemblyDirectory: directory,
      dynamoDb,
      queues: {
        createQueue: ({ name }) => ({
          url: `http://127.0.0.1:1/0/${name}`,
          arn: `arn:aws:sqs:us-east-1:0:${name}`,
        }),
      },
      ...options,
    },
  });
}

const queue = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'letters' } };

/** The value as the output of a template that has a queue named letters. */
async function resolved(value: unknown, rest: JsonObject = {}): Promise<string | undefined> {
  const { outputs } = await make({
    Resources: { Letters: queue },
    Outputs: { Out: { Value: value } },
    ...rest,
  });
  return outputs['Out'];
}

describe('the intrinsic functions of a local stack', () => {
  it.each<[string, unknown, string]>([
    ['Ref', { Ref: 'Letters' }, 'http://127.0.0.1:1/0/letters'],
    ['Fn::GetAtt', { 'Fn::GetAtt': ['Letters', 'Arn'] }, 'arn:aws:sqs:us-east-1:0:letters'],
    ['Fn::GetAtt in one text', { 'Fn::GetAtt': 'Letters.QueueName' }, 'letters'],
    ['Fn::Join', { 'Fn::Join': ['-', ['a', { 'Fn::GetAtt': ['Letters', 'QueueName'] }]] }, 'a-letters'],
    ['Fn::Split and Fn::Select', { 'Fn::Select': [1, { 'Fn::Split': ['#', 'a#b#c'] }] }, 'b'],
    [
      'Fn::Sub',
      { 'Fn::Sub': 'x${AWS::Region}/${Letters.QueueName}/${!Literal}/${AWS::AccountId}' },
      'xus-east-1/letters/${Literal}/000000000000',
    ],
    ['Fn::Sub with variables', { 'Fn::Sub': ['${A}${B}', { A: 'a', B: { Ref: 'AWS::Partition' } }] }, 'aaws'],
    ['AWS::URLSuffix', { Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
    ['AWS::StackName', { Ref: 'AWS::StackName' }, 'Stack'],
    ['AWS::NoValue', ['a', { Ref: 'AWS::NoValue' }], '["a"]'],
  ])('resolve %s', async (_, value, expected) => {
    expect(await resolved(value)).toBe(expected);
  });

  it('resolve conditions, mappings and parameters with a default', async () => {
    const value = {
      'Fn::If': [
        'IsLocal',
        { 'Fn::FindInMap': ['Names', { Ref: 'AWS::Region' }, { Ref: 'Which' }] },
        'not here',
      ],
    };

    const out = await resolved(value, {
      Parameters: {
        Which: { Type: 'String', Default: 'short' },
        BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk' },
      },
      Mappings: { Names: { 'us-east-1': { short: 'use1' } } },
      Conditions: {
        IsVirginia: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] },
        IsLocal: { 'Fn::And': [{ Condition: 'IsVirginia' }, { 'Fn::Not': [{ 'Fn::Equals': ['a', 'b'] }] }] },
      },
    });

    expect(out).toBe('use1');
  });

  it.each<[string, unknown, string]>([
    ['an unknown function', { 'Fn::Cidr': [] }, 'Fn::Cidr at Outputs.Out'],
    ['an import', { a: [{ 'Fn::ImportValue': 'x' }] }, 'Fn::ImportValue at Outputs.Out.a[0]'],
    ['a reference to nothing', { Ref: 'Nobody' }, 'Outputs.Out.Ref refers to the resource Nobody'],
    ['an unknown attribute', { 'Fn::GetAtt': ['Letters', 'Colour'] }, 'Colour of Letters (AWS::SQS::Queue)'],
    ['a selection beyond the end', { 'Fn::Select': [3, ['a']] }, 'item number 3'],
    [
      'a reference inside a text',
      { 'Fn::Sub': '${Nobody.Arn}' },
      'Outputs.Out.Fn::Sub refers to the resource Nobody',
    ],
  ])('refuse %s, and say where', async (_, value, message) => {
    await expect(resolved(value)).rejects.toThrow(message);
  });

  it('refuse the bootstrap version as a value', async () => {
    const parameters = { BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk' } };

    await expect(resolved({ Ref: 'BootstrapVersion' }, { Parameters: parameters })).rejects.toThrow(
      'the parameter BootstrapVersion, for which the emulator has no value',
    );
  });
});

describe('a local stack', () => {
  it('names every resource of a type that it does not support', async () => {
    const template = {
      Resources: { Topic: { Type: 'AWS::SNS::Topic' }, Bus: { Type: 'AWS::Events::EventBus' } },
    };

    await expect(make(template)).rejects.toThrow('Topic (AWS::SNS::Topic), Bus (AWS::Events::EventBus)');
  });

  it.each<[string, JsonObject, string]>([
    ['a property', { FifoQueue: true }, 'Letters (AWS::SQS::Queue).FifoQueue (true)'],
    [
      'an inner property',
      { MaximumMessageSize: { a: 1 } },
      'MaximumMessageSize: expected a number, got {"a":1}',
    ],
  ])('names %s that it does not support', async (_, properties, message) => {
    const template = { Resources: { Letters: { Type: 'AWS::SQS::Queue', Properties: properties } } };

    await expect(make(template)).rejects.toThrow(message);
  });

  it('names a section and a resource’s key that it does not support', async () => {
    await expect(make({ Resources: {}, Transform: 'AWS::Include' })).rejects.toThrow('section Transform');
    await expect(make({ Resources: {}, Rules: { Sizes: {} } })).rejects.toThrow('the rule Sizes');
    await expect(make({ Resources: {}, Rules: { CheckBootstrapVersion: {} } })).resolves.toBeDefined();
    await expect(make({ Resources: { Letters: { ...queue, CreationPolicy: {} } } })).rejects.toThrow(
      'CreationPolicy of resource Letters',
    );
  });

  it('refuses a reference to a resource that does not run here', async () => {
    const role = { Type: 'AWS::IAM::Role' };

    await expect(
      make({ Resources: { Role: role }, Outputs: { Out: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } } }),
    ).rejects.toThrow('Outputs.Out.Fn::GetAtt refers to Role (AWS::IAM::Role)');
  });

  it('leaves out a resource whose condition is false', async () => {
    const stack = await make({
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      Resources: { Letters: { ...queue, Condition: 'Never' } },
    });

    expect(stack.parts).toEqual([]);
  });

  it('refuses resources that depend on each other', async () => {
    const named = (other: string) => ({
      Type: 'AWS::SQS::Queue',
      Properties: { QueueName: { 'Fn::GetAtt': [other, 'QueueName'] } },
    });

    await expect(make({ Resources: { A: named('B'), B: named('A') } })).rejects.toThrow(
      'depend on each other',
    );
  });
});

describe('a table of a local stack', () => {
  const table = (name: string, changes: JsonObject = {}) => ({
    Resources: {
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          TableName: name,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
          ...changes,
        },
      },
    },
    Outputs: { StreamArn: { Value: { 'Fn::GetAtt': ['Table', 'StreamArn'] } } },
  });

  it('is created once, and found again with the same stream', async () => {
    const first = await make(table('kept'));
    const second = await make(table('kept'));

    expect(first.outputs['StreamArn']).toContain('/stream/');
    expect(second.outputs).toEqual(first.outputs);
  });

  it.each<[string, JsonObject, string]>([
    [
      'key',
      {
        AttributeDefinitions: [{ AttributeName: 'other', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'other', KeyType: 'HASH' }],
      },
      'another key: it has id HASH, the stack needs other HASH',
    ],
    [
      'type of key',
      { AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }] },
      'another set of key attributes: it has id S, the stack needs id N',
    ],
    [
      'stream',
      { StreamSpecification: { StreamViewType: 'KEYS_ONLY' } },
      'another stream: it has NEW_AND_OLD_IMAGES, the stack needs KEYS_ONLY',
    ],
  ])('is refused when the kept database has the table with another %s', async (name, changes, message) => {
    const tableName = `changed-${name.replaceAll(' ', '-')}`;
    await make(table(tableName));

    await expect(make(table(tableName, changes))).rejects.toThrow(message);
  });

  it('is not created when it has an unsupported property', async () => {
    await expect(make(table('half', { Replicas: [] }))).rejects.toThrow(
      'Table (AWS::DynamoDB::Table).Replicas',
    );

    await expect(dynamoDb.send(new DescribeTableCommand({ TableName: 'half' }))).rejects.toThrow('not');
  });
});

describe('a function of a local stack', () => {
  const functionWith = (changes: JsonObject) => ({
    Resources: {
      Fn: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Code: { S3Bucket: { 'Fn::Sub': 'bucket-${AWS::Region}' }, S3Key: 'abc.zip' },
          ...changes,
        },
      },
    },
  });

  beforeAll(() => {
    mkdirSync(join(directory, 'asset.abc'));
    const files = {
      abc: { source: { path: 'asset.abc' }, destinations: { here: { objectKey: 'abc.zip' } } },
    };
    writeFileSync(join(directory, 'Stack.assets.json'), JSON.stringify({ files }));
  });

  it('has Lambda’s defaults where the template sets nothing', async () => {
    const stack = await make(functionWith({}));

    expect(stack.parts).toEqual([
      {
        kind: 'function',
        settings: expect.objectContaining({
          bundleDirectory: join(directory, 'asset.abc'),
          timeoutMs: 3_000,
          memorySizeMb: 128,
          variables: {},
        }),
      },
    ]);
  });

  it.each<[string, JsonObject, string]>([
    ['another runtime', { Runtime: 'python3.14' }, 'Runtime: expected nodejs24.x'],
    ['a layer', { Layers: ['arn'] }, 'Layers'],
    ['a variable that Lambda reserves', { Environment: { Variables: { AWS_REGION: 'x' } } }, 'AWS_REGION'],
    ['code that is not in the assembly', { Code: { S3Key: 'other.zip' } }, 'other.zip'],
    ['inline code', { Code: { S3Key: 'abc.zip', ZipFile: 'x' } }, 'Code.ZipFile'],
  ])('is refused with %s', async (_, changes, message) => {
    await expect(make(functionWith(changes))).rejects.toThrow(message);
  });
});

describe('a state machine of a local stack', () => {
  const machineWith = (properties: JsonObject) => ({
    Resources: {
      Letters: queue,
      Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: properties },
      Nightly: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: { Target: { 'Fn::GetAtt': ['Machine', 'Arn'] } },
      },
    },
    Outputs: { Arn: { Value: { Ref: 'Machine' } }, Name: { Value: { 'Fn::GetAtt': ['Machine', 'Name'] } } },
  });

  it('has its definition with the placeholders replaced', async () => {
    const stack = await make(
      machineWith({
        StateMachineType: 'STANDARD',
        RoleArn: 'role',
        DefinitionString: '{"States":{"A":{"Resource":"${Arn}","MaxConcurrency":${Concurrency}}}}',
        DefinitionSubstitutions: { Arn: { 'Fn::GetAtt': ['Letters', 'Arn'] }, Concurrency: '4' },
      }),
    );

    const arn = 'arn:aws:states:us-east-1:000000000000:stateMachine:Stack-Machine';
    expect(stack.outputs).toEqual({ Arn: arn, Name: 'Stack-Machine' });
    expect(stack.parts).toContainEqual({
      kind: 'state-machine',
      settings: {
        name: 'Stack-Machine',
        arn,
        definition: { States: { A: { Resource: 'arn:aws:sqs:us-east-1:0:letters', MaxConcurrency: 4 } } },
      },
    });
  });

  it.each<[string, JsonObject, string]>([
    ['a placeholder without a value', { DefinitionString: '{"a":"${Gone}"}' }, 'for ${Gone}'],
    ['another type', { DefinitionString: '{}', StateMachineType: 'EXPRESS' }, 'expected STANDARD'],
    ['no definition', {}, 'DefinitionString'],
    ['a definition that is no object', { DefinitionString: '[]' }, 'is not a JSON object'],
  ])('is refused with %s', async (_, properties, message) => {
    await expect(make(machineWith(properties))).rejects.toThrow(message);
  });
});

describe('the synthesized stack on this machine', () => {
  let stack: LocalStack;
  const settings = settingsFor('dev');

  beforeAll(async () => {
    const { template, assemblyDirectory, stackName } = synthesize({
      settings,
      outdir: join(directory, 'assembly'),
    });
    stack = await make(template, { assemblyDirectory, stackName });
  });

  const partOf = (kind: string) => stack.parts.filter((part) => part.kind === kind);

  it('has its tables, one of them with a stream, and the dead-letter queue', () => {
    const names = ['Favourites', 'CountedFavourites', 'AggregatedFavourites'].map(
      (name) => stack.outputs[`${name}TableName`],
    );
    expect(partOf('table').map((part) => 'tableName' in part && part.tableName)).toEqual(
      expect.arrayContaining(names),
    );
    expect(partOf('table').filter((part) => 'streamArn' in part)).toEqual([
      {
        kind: 'table',
        tableName: stack.outputs['FavouritesTableName'],
        streamArn: stack.outputs['FavouritesStreamArn'],
      },
    ]);
    expect(partOf('queue')).toEqual([expect.objectContaining({ url: stack.outputs['DeadLetterQueueUrl'] })]);
  });

  it('has the aggregator with the settings’ limits and the names of the created resources', () => {
    expect(partOf('function')).toContainEqual({
      kind: 'function',
      settings: expect.objectContaining({
        timeoutMs: settings.aggregator.timeoutSeconds * 1000,
        memorySizeMb: settings.aggregator.memoryMegabytes,
        variables: expect.objectContaining({
          COUNTED_FAVOURITES_TABLE: stack.outputs['CountedFavouritesTableName'],
          DEAD_LETTER_QUEUE_URL: stack.outputs['DeadLetterQueueUrl'],
          RANKING_SHARDS: String(settings.rankingShards),
        }),
      }),
    });
  });

  it('has the pipe between them, with the settings of the stack', () => {
    const { batchSize, parallelizationFactor, maximumRetryAttempts } = settings.pipe;
    expect(partOf('pipe')).toEqual([
      {
        kind: 'pipe',
        targetArn: expect.stringContaining(':function:'),
        deadLetterArn: expect.stringContaining('arn:aws:sqs:'),
        settings: {
          pipeArn: expect.stringContaining('arn:aws:pipes:'),
          streamArn: stack.outputs['FavouritesStreamArn'],
          startingPosition: 'TRIM_HORIZON',
          filterPatterns: ['{"eventName":["INSERT","REMOVE"]}'],
          batchSize,
          parallelizationFactor,
          maximumRetryAttempts,
          maximumBatchingWindowSeconds: settings.pipe.maximumBatchingWindowSeconds,
          maximumRecordAgeSeconds: settings.pipe.maximumRecordAgeSeconds,
          onPartialBatchItemFailure: 'AUTOMATIC_BISECT',
        },
      },
    ]);
  });
});
