/** A stack without favourites: a table, and a pipe from its stream to a function, once or several times. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Assembly } from '../../infra/local/emulator/run-stack.ts';

function pipeline(prefix: string) {
  const [table, deadLetters, target] = [`${prefix}Table`, `${prefix}DeadLetters`, `${prefix}Target`];
  return {
    [table]: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      },
    },
    [deadLetters]: { Type: 'AWS::SQS::Queue' },
    [target]: {
      Type: 'AWS::Lambda::Function',
      Properties: { Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { S3Key: 'code.zip' } },
    },
    [`${prefix}Pipe`]: {
      Type: 'AWS::Pipes::Pipe',
      Properties: {
        Source: { 'Fn::GetAtt': [table, 'StreamArn'] },
        SourceParameters: {
          DynamoDBStreamParameters: {
            StartingPosition: 'TRIM_HORIZON',
            DeadLetterConfig: { Arn: { 'Fn::GetAtt': [deadLetters, 'Arn'] } },
          },
        },
        Target: { 'Fn::GetAtt': [target, 'Arn'] },
        TargetParameters: { LambdaFunctionParameters: { InvocationType: 'REQUEST_RESPONSE' } },
      },
    },
  };
}

/**
 * Writes a cloud assembly as the CDK would. The output `<prefix>TableName` is the name of each table.
 * @param prefixes of the logical ids, one for each pipeline
 */
export function writePipelines(outdir: string, prefixes: readonly string[]): Assembly {
  const bundle = join(outdir, 'bundle');
  mkdirSync(bundle, { recursive: true });
  writeFileSync(join(bundle, 'index.js'), 'exports.handler = async () => ({ batchItemFailures: [] });');
  const file = { source: { path: 'bundle' }, destinations: { here: { objectKey: 'code.zip' } } };
  writeFileSync(join(outdir, 'Other.assets.json'), JSON.stringify({ files: { bundle: file } }));
  const template = {
    Resources: Object.assign({}, ...prefixes.map(pipeline)) as object,
    Outputs: Object.fromEntries(
      prefixes.map((prefix) => [`${prefix}TableName`, { Value: { Ref: `${prefix}Table` } }]),
    ),
  };
  return { stackName: 'Other', template, assemblyDirectory: outdir };
}
