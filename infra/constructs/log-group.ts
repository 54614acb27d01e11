/**
 * A log group with a retention, deleted with its stack. One that Lambda creates itself keeps lines for ever.
 */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Settings } from '../settings/settings.ts';

export interface LogGroupOptions {
  readonly settings: Settings['logs'];
  /**
   * For a service that delivers logs itself. Log delivery keeps a resource policy of limited size, in which
   * all groups under /aws/vendedlogs/ are one entry. Without it, the name is generated.
   */
  readonly deliveredBy?: 'apis' | 'pipes' | 'states';
}

export function createLogGroup(scope: Construct, { settings, deliveredBy }: LogGroupOptions): LogGroup {
  return new LogGroup(scope, 'Log', {
    ...(deliveredBy && { logGroupName: `/aws/vendedlogs/${deliveredBy}/${Stack.of(scope).stackName}` }),
    retention: settings.retentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}
