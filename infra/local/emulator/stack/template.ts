/** Parses a CloudFormation template, and checks the parts that the emulator reads. */
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
  readonly condition?: string;
}

/** Some have no effect here. DependsOn is one, because resources are created in the order of references. */
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
  'Rules',
]);

/** The CDK adds it. It compares a parameter with the bootstrapped version of an account. */
const ignoredRules = new Set(['CheckBootstrapVersion']);

/** @throws an error that names the part that is invalid or not supported */
export function parseTemplate(value: unknown): Template {
  if (!isObject(value) || !isObject(value['Resources'])) {
    throw new Error('The template has no Resources: expected the JSON of a CloudFormation template');
  }
  const section = Object.keys(value).find((key) => !sectionKeys.has(key));
  if (section !== undefined) throw notSupported(`the section ${section} of the template`);
  const rule = Object.keys(objectOrEmpty(value['Rules'])).find((name) => !ignoredRules.has(name));
  if (rule !== undefined) throw notSupported(`the rule ${rule} of the template`);
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

function notSupported(what: string): Error {
  return new Error(`The emulator does not support ${what}: extend infra/local/emulator/stack, or remove it`);
}

function parseResource(logicalId: string, value: unknown): TemplateResource {
  if (!isObject(value) || typeof value['Type'] !== 'string') {
    throw new Error(`Resource ${logicalId} of the template has no Type`);
  }
  const key = Object.keys(value).find((name) => !resourceKeys.has(name));
  if (key !== undefined) throw notSupported(`${key} of resource ${logicalId}`);
  return {
    type: value['Type'],
    properties: objectOrEmpty(value['Properties']),
    ...(typeof value['Condition'] === 'string' && { condition: value['Condition'] }),
  };
}
