/** AWS::Lambda::Function: the bundle in the cloud assembly, with the template's handler, environment and limits. */
import { reservedVariables } from '../function/runtime-variables.ts';
import { assetPath } from './assets.ts';
import type { PropertyReader } from './property-reader.ts';
import { physicalName, type ResourceKind, type StackContext } from './resource-kind.ts';

/** Lambda's own defaults. */
const timeoutSecondsDefault = 3;
const memorySizeMbDefault = 128;

export const lambdaFunction: ResourceKind = {
  ignoredProperties: {
    Architectures: 'bundles are JavaScript',
    Description: 'for people',
    LoggingConfig: 'lines go to the local run itself',
    Role: 'nothing here asks for permission',
    Tags: 'for bills and searches',
    TracingConfig: 'there is no X-Ray here',
  },
  async make({ logicalId, properties }, context) {
    const name = properties.optionalText('FunctionName') ?? physicalName(context, logicalId);
    const arn = `arn:aws:lambda:${context.region}:${context.accountId}:function:${name}`;
    // Another runtime is another language or another Node than the one that this process is.
    properties.oneOf('Runtime', ['nodejs24.x']);
    const variables = properties.object('Environment').object('Variables').textsByName();
    refuseReserved(logicalId, variables);
    return {
      ref: name,
      attributes: { Arn: arn },
      part: {
        kind: 'function',
        settings: {
          name,
          arn,
          bundleDirectory: await bundleDirectory(properties.object('Code'), logicalId, context),
          handler: properties.text('Handler'),
          timeoutMs: (properties.optionalNumber('Timeout') ?? timeoutSecondsDefault) * 1000,
          memorySizeMb: properties.optionalNumber('MemorySize') ?? memorySizeMbDefault,
          region: context.region,
          variables,
        },
      },
    };
  },
};

function refuseReserved(logicalId: string, variables: Readonly<Record<string, string>>): void {
  const reserved = Object.keys(variables).find((name) => reservedVariables.has(name));
  if (reserved === undefined) return;
  throw new Error(`Function ${logicalId} sets ${reserved}, which Lambda reserves: give it another name`);
}

function bundleDirectory(code: PropertyReader, logicalId: string, context: StackContext): Promise<string> {
  code.ignore('S3Bucket');
  return assetPath(code.text('S3Key'), `Function ${logicalId}`, context);
}
