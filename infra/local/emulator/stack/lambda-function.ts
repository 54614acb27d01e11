/** AWS::Lambda::Function: its bundle in the cloud assembly, handler, environment and limits. */
import { reservedVariables } from '../function/runtime-variables.ts';
import { assetPath } from './assets.ts';
import { noPermissions, physicalName, type ResourceKind } from './resource-kind.ts';

/** Lambda's defaults. */
const timeoutSecondsDefault = 3;
const memorySizeMbDefault = 128;

export const lambdaFunction: ResourceKind = {
  ignoredProperties: {
    Architectures: 'bundles are JavaScript',
    LoggingConfig: 'log lines go to the caller',
    Role: noPermissions,
    TracingConfig: 'there is no X-Ray here',
  },
  async make({ logicalId, properties }, context) {
    const name = properties.optionalText('FunctionName') ?? physicalName(context, logicalId);
    const arn = `arn:aws:lambda:${context.region}:${context.accountId}:function:${name}`;
    // Functions run in the Node.js version of this process.
    properties.oneOf('Runtime', ['nodejs24.x']);
    const variables = properties.object('Environment').object('Variables').textsByName();
    const reserved = Object.keys(variables).find((variable) => reservedVariables.has(variable));
    if (reserved !== undefined) {
      throw new Error(`Function ${logicalId} sets ${reserved}, which Lambda reserves: give it another name`);
    }
    const code = properties.object('Code');
    code.ignore('S3Bucket'); // assets are files here
    return {
      ref: name,
      attributes: { Arn: arn },
      part: {
        kind: 'function',
        settings: {
          name,
          arn,
          bundleDirectory: await assetPath(code.text('S3Key'), `Function ${logicalId}`, context),
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
