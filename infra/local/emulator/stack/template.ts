/** A CloudFormation template as far as the local run reads it, checked once at the edge. */
import { isObject, objectOrEmpty, type JsonObject } from '../json.ts';

export interface Template {
  readonly resources: Readonly<Record<string, TemplateResource>>;
  readonly parameters: JsonObject;
  readonly conditions: JsonObject;
  readonly mappings: JsonObject;
  readonly outputs: JsonObject;
}

export interface TemplateResource {
  readonly type: string;
  readonly properties: JsonObject;
  readonly metadata: JsonObject;
  readonly condition?: string;
}

/** DependsOn is among those that need nothing here: whatever is referred to is made first anyway. */
const resourceKeys = new Set([
  'Type',
  'Properties',
  'Metadata',
  'Condition',
  'DependsOn',
  'DeletionPolicy',
  'UpdateReplacePolicy',
]);

const sectionKeys = new Set([
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Mappings',
  'Conditions',
  'Resources',
  'Outputs',
]);

/** @throws an error that names the part which is not a template's, or that the local run does not understand */
export function parseTemplate(value: unknown): Template {
  if (!isObject(value) || !isObject(value['Resources'])) {
    throw new Error('The template has no Resources: expected the JSON of a CloudFormation template');
  }
  for (const section of Object.keys(value)) {
    if (!sectionKeys.has(section)) {
      throw new Error(`The local run does not understand the template's section ${section}: ${knownHere}`);
    }
  }
  return {
    resources: Object.fromEntries(
      Object.entries(value['Resources']).map(([logicalId, resource]) => [
        logicalId,
        parseResource(logicalId, resource),
      ]),
    ),
    parameters: objectOrEmpty(value['Parameters']),
    conditions: objectOrEmpty(value['Conditions']),
    mappings: objectOrEmpty(value['Mappings']),
    outputs: objectOrEmpty(value['Outputs']),
  };
}

const knownHere = 'extend infra/local/emulator/stack, or leave it out of the stack';

function parseResource(logicalId: string, value: unknown): TemplateResource {
  if (!isObject(value) || typeof value['Type'] !== 'string') {
    throw new Error(`Resource ${logicalId} of the template has no Type`);
  }
  for (const key of Object.keys(value)) {
    if (!resourceKeys.has(key)) {
      throw new Error(`The local run does not understand ${key} of resource ${logicalId}: ${knownHere}`);
    }
  }
  return {
    type: value['Type'],
    properties: objectOrEmpty(value['Properties']),
    metadata: objectOrEmpty(value['Metadata']),
    ...(typeof value['Condition'] === 'string' && { condition: value['Condition'] }),
  };
}
