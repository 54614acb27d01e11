/** Tells cdk-nag that a permission with a wildcard is meant, this one and no other of the same role. */
import { Stack, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** `arn` as the permission has it; it may hold references. */
export function acknowledgeWildcard(
  scope: Construct,
  { arn, reason }: { readonly arn: string; readonly reason: string },
): void {
  const finding = `Resource::${flattened(Stack.of(scope).resolve(arn))}`;
  Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[${finding}]`, reason });
}

/** As cdk-nag writes references into the name of a finding: `<LogicalId.Arn>/stream/*`. */
function flattened(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { Ref: name, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Readonly<Record<string, unknown>>;
  if (typeof name === 'string') return `<${name}>`;
  if (Array.isArray(attribute)) return `<${attribute.join('.')}>`;
  const [delimiter, parts] = Array.isArray(join) ? (join as [string, unknown[]]) : ['', []];
  return parts.map(flattened).join(delimiter);
}
