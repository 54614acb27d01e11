/**
 * Leaves out of a template what ministack cannot create: alarms on metric math, and alarms on other alarms.
 * The product has no such switch.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type JsonObject, objectOf } from '../support/synthesized-template.ts';

/** Stands in the dashboard for the ARN of an alarm that was left out. */
const LEFT_OUT = 'arn:aws:cloudwatch:eu-west-1:111111111111:alarm:left-out-by-the-test';

/** Changes the file, and returns the logical ids that it left out. */
export function leaveOutUnsupported(templateFile: string): readonly string[] {
  const template = objectOf(JSON.parse(readFileSync(templateFile, 'utf8')));
  const { template: supported, leftOut } = withoutUnsupported(template);
  writeFileSync(templateFile, JSON.stringify(supported, undefined, 1));
  return leftOut;
}

export function withoutUnsupported(template: JsonObject) {
  const resources = Object.entries(objectOf(template['Resources']));
  const leftOut = resources.filter(([, resource]) => isUnsupported(objectOf(resource))).map(([id]) => id);
  const kept = resources.filter(([id]) => !leftOut.includes(id));
  const withResources = { ...template, Resources: Object.fromEntries(kept) };
  return { template: withoutReferences(withResources, new Set(leftOut)), leftOut };
}

function isUnsupported({ Type: type, Properties: properties }: JsonObject): boolean {
  if (type === 'AWS::CloudWatch::CompositeAlarm') return true;
  return type === 'AWS::CloudWatch::Alarm' && objectOf(properties)['Metrics'] !== undefined;
}

function withoutReferences(value: unknown, ids: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutReferences(item, ids));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: ref, 'Fn::GetAtt': attribute } = value as JsonObject;
  const id = Array.isArray(attribute) ? (attribute as readonly unknown[])[0] : ref;
  if (typeof id === 'string' && ids.has(id)) return LEFT_OUT;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withoutReferences(inner, ids)]),
  );
}
