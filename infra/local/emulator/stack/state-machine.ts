/** AWS::StepFunctions::StateMachine: its definition, with the substitutions applied. */
import { readFile } from 'node:fs/promises';
import { assetPath } from './assets.ts';
import { isObject } from '../json.ts';
import type { PropertyReader } from './property-reader.ts';
import { physicalName, type ResourceKind, type StackContext } from './resource-kind.ts';

/** Step Functions' limit for the name of a state machine. */
const nameLengthMax = 80;

export const stateMachine: ResourceKind = {
  ignoredProperties: {
    EncryptionConfiguration: 'executions are not stored here',
    LoggingConfiguration: 'outcomes go to the caller',
    TracingConfiguration: 'there is no X-Ray here',
  },
  async make({ logicalId, properties }, context) {
    const name =
      properties.optionalText('StateMachineName') ?? physicalName(context, logicalId).slice(-nameLengthMax);
    const arn = `arn:aws:states:${context.region}:${context.accountId}:stateMachine:${name}`;
    // An express state machine has different limits, and may run a step twice.
    if (properties.has('StateMachineType')) properties.oneOf('StateMachineType', ['STANDARD']);
    const text = await definitionText(properties, logicalId, context);
    const substitutions = properties.object('DefinitionSubstitutions').textsByName();
    const definition: unknown = JSON.parse(substituted(text, substitutions, logicalId));
    if (!isObject(definition)) {
      throw new Error(`The definition of state machine ${logicalId} is not a JSON object`);
    }
    return {
      ref: arn,
      attributes: { Arn: arn, Name: name },
      part: { kind: 'state-machine', settings: { name, arn, definition } },
    };
  },
};

async function definitionText(
  properties: PropertyReader,
  logicalId: string,
  context: StackContext,
): Promise<string> {
  if (!properties.has('DefinitionS3Location')) return properties.text('DefinitionString');
  const location = properties.object('DefinitionS3Location');
  location.ignore('Bucket');
  return readFile(await assetPath(location.text('Key'), `State machine ${logicalId}`, context), 'utf8');
}

/** Replaces each `${name}` with its value: a number, or text inside a JSON string. */
function substituted(
  text: string,
  substitutions: Readonly<Record<string, string>>,
  logicalId: string,
): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (placeholder, name: string) => {
    const value = substitutions[name];
    if (value !== undefined) return JSON.stringify(value).slice(1, -1);
    throw new Error(`State machine ${logicalId} has no DefinitionSubstitutions for ${placeholder}`);
  });
}
