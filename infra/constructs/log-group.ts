/**
 * A log group that has a retention and is deleted with its stack. A log group that Lambda creates never
 * expires.
 */
import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Settings } from '../settings/settings.ts';

export interface LogGroupOptions {
  readonly settings: Settings['logs'];
  /**
   * The service that delivers the logs itself. Log delivery uses a resource policy of limited size, in which
   * all groups under /aws/vendedlogs/ share one entry. Without `deliveredBy`, the name of the group is
   * generated.
   */
  readonly deliveredBy?: { readonly service: 'apis' | 'pipes' | 'states'; readonly name: string };
}

export function createLogGroup(scope: Construct, { settings, deliveredBy }: LogGroupOptions): LogGroup {
  return new LogGroup(scope, 'Log', {
    ...(deliveredBy && { logGroupName: `/aws/vendedlogs/${deliveredBy.service}/${deliveredBy.name}` }),
    retention: settings.retentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}
