/**
 * Leaves out of a template what ministack cannot create: alarms on metric math, and alarms on other alarms.
 * The product has no such switch.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type JsonObject = Readonly<Record<string, unknown>>;

/** Stands in the dashboard for the ARN of an alarm that was left out. */
const LEFT_OUT = 'arn:aws:cloudwatch:eu-west-1:111111111111:alarm:left-out-by-the-test';

/** Changes the templates of a cloud assembly. */
export function leaveOutOfAssembly(directory: string): void {
  const files = readdirSync(directory).filter((name) => name.endsWith('.template.json'));
  for (const file of files) leaveOutOfTemplate(join(directory, file));
}

export function leaveOutOfTemplate(file: string): void {
  const template = JSON.parse(readFileSync(file, 'utf8')) as { readonly Resources: Readonly<Resources> };
  const resources = Object.entries(template.Resources);
  const kept = resources.filter(([, resource]) => !isUnsupported(resource));
  const leftOut = resources.filter(([, resource]) => isUnsupported(resource)).map(([id]) => id);
  const changed = withoutReferences({ ...template, Resources: Object.fromEntries(kept) }, new Set(leftOut));
  writeFileSync(file, JSON.stringify(changed, undefined, 1));
}

type Resources = Record<string, { readonly Type: string; readonly Properties?: JsonObject }>;

function isUnsupported({ Type: type, Properties: properties }: Resources[string]): boolean {
  if (type === 'AWS::CloudWatch::CompositeAlarm') return true;
  return type === 'AWS::CloudWatch::Alarm' && properties?.['Metrics'] !== undefined;
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
