/** AWS::Lambda::Function: the bundle in the cloud assembly, with the template's handler, environment and limits. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reservedVariables } from '../function/runtime-variables.ts';
import { isObject, objectOrEmpty, parseJson } from './json.ts';
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

/** The asset manifest knows which folder of the assembly becomes the object that the template names. */
async function bundleDirectory(
  code: PropertyReader,
  logicalId: string,
  { assemblyDirectory, stackName }: StackContext,
): Promise<string> {
  const objectKey = code.text('S3Key');
  code.ignore('S3Bucket');
  const manifestFile = join(assemblyDirectory, `${stackName}.assets.json`);
  const manifest = objectOrEmpty(parseJson(await readFile(manifestFile, 'utf8')));
  for (const file of Object.values(objectOrEmpty(manifest['files']))) {
    const { source, destinations } = objectOrEmpty(file);
    const keys = Object.values(objectOrEmpty(destinations)).map((to) => objectOrEmpty(to)['objectKey']);
    if (!keys.includes(objectKey) || !isObject(source) || typeof source['path'] !== 'string') continue;
    return join(assemblyDirectory, source['path']);
  }
  throw new Error(`Function ${logicalId} has the code ${objectKey}, which ${manifestFile} does not list`);
}
