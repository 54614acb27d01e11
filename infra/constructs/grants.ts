/** Roles, and grants of only the actions that are used. */
import { Stack } from 'aws-cdk-lib';
import {
  Grant,
  type GrantOnPrincipalOptions,
  type IGrantable,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/**
 * Grants only these actions. The CDK's own grants include actions and resources that we do not use.
 */
export function allow(
  grantee: IGrantable,
  arn: string,
  actions: readonly string[],
  conditions?: GrantOnPrincipalOptions['conditions'],
): Grant {
  const given = { grantee, actions: [...actions], resourceArns: [arn] };
  return Grant.addToPrincipal(conditions ? { ...given, conditions } : given);
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
