import { describe, expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Assembly } from '../../infra/local/emulator/run-stack.ts';
import { example } from './emulator-example.ts';

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8');

const resources = {
  Table: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    },
  },
  DeadLetters: { Type: 'AWS::SQS::Queue' },
  Target: {
    Type: 'AWS::Lambda::Function',
    Properties: { Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { S3Key: 'code.zip' } },
  },
  Pipe: {
    Type: 'AWS::Pipes::Pipe',
    Properties: {
      Source: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
      SourceParameters: {
        DynamoDBStreamParameters: {
          StartingPosition: 'TRIM_HORIZON',
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } },
        },
      },
      Target: { 'Fn::GetAtt': ['Target', 'Arn'] },
      TargetParameters: { LambdaFunctionParameters: { InvocationType: 'REQUEST_RESPONSE' } },
    },
  },
};

/** A cloud assembly written by the CDK, of a stack without favourites. */
function synthesize(outdir: string): Assembly {
  const bundle = join(outdir, 'bundle');
  mkdirSync(bundle, { recursive: true });
  writeFileSync(join(bundle, 'index.js'), 'exports.handler = async () => ({ batchItemFailures: [] });');
  const file = { source: { path: 'bundle' }, destinations: { here: { objectKey: 'code.zip' } } };
  writeFileSync(join(outdir, 'Other.assets.json'), JSON.stringify({ files: { bundle: file } }));
  const template = { Resources: resources, Outputs: { TableName: { Value: { Ref: 'Table' } } } };
  return { stackName: 'Other', template, assemblyDirectory: outdir };
}

describe('the example in the README of the emulator', () => {
  it('equals the file that this test runs', () => {
    expect(read('../../infra/local/emulator/README.md')).toContain(
      `\`\`\`ts\n${read('emulator-example.ts')}\`\`\``,
    );
  });

  it('runs another template', async () => {
    expect(await example(synthesize)).toBe(1);
  });
});
