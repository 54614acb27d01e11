/**
 * Roles, and grants of only the actions that are used. A few grants need a wildcard; each of these is
 * acknowledged for cdk-nag.
 */
import { Stack, Validations } from 'aws-cdk-lib';
import {
  Grant,
  type GrantOnPrincipalOptions,
  type IGrantable,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/**
 * Grants only these actions. The CDK's own grants would add reads, versions and indexes that are not used.
 */
export function allow(
  grantee: IGrantable,
  arn: string,
  actions: readonly string[],
  conditions?: GrantOnPrincipalOptions['conditions'],
): void {
  const given = { grantee, actions: [...actions], resourceArns: [arn] };
  Grant.addToPrincipal(conditions ? { ...given, conditions } : given);
}

/**
 * A role that the service may assume only for resources of this account, not for those of another account
 * (confused deputy).
 */
export function serviceRole(scope: Construct, service: string): Role {
  const { account } = Stack.of(scope);
  const conditions = { StringEquals: { 'aws:SourceAccount': account } };
  return new Role(scope, 'Role', { assumedBy: new ServicePrincipal(service, { conditions }) });
}

/** Acknowledges a wildcard permission. `arn` must equal the one in the permission; it may hold references. */
export function acknowledgeWildcard(
  scope: Construct,
  { arn, reason }: { readonly arn: string; readonly reason: string },
): void {
  const finding = `Resource::${flattened(Stack.of(scope).resolve(arn))}`;
  Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[${finding}]`, reason });
}

/** An ARN as cdk-nag writes it in the name of a finding, references included: `<LogicalId.Arn>/stream/*`. */
function flattened(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { Ref: name, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Readonly<Record<string, unknown>>;
  if (typeof name === 'string') return `<${name}>`;
  if (Array.isArray(attribute)) return `<${attribute.join('.')}>`;
  const [delimiter, parts] = Array.isArray(join) ? (join as [string, unknown[]]) : ['', []];
  return parts.map(flattened).join(delimiter);
}
