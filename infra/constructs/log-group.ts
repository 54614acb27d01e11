/**
 * A log group with a retention, which goes with its stack. (One that Lambda or Pipes makes keeps lines for
 * ever.)
 */
import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Settings } from '../settings/settings.ts';

export interface LogGroupOptions {
  readonly settings: Settings['logs'];
  /** Generated when absent. */
  readonly name?: string;
}

export function createLogGroup(scope: Construct, { settings, name }: LogGroupOptions): LogGroup {
  return new LogGroup(scope, 'Log', {
    ...(name !== undefined && { logGroupName: name }),
    retention: retentionOf(settings.retentionDays),
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

/** The CDK's name for a number of days, of which the settings allow only those that CloudWatch Logs has. */
function retentionOf(days: number): RetentionDays {
  const retention = Object.values(RetentionDays).find((known) => Number(known) === days);
  if (typeof retention !== 'number') throw new Error(`CloudWatch Logs has no retention of ${days} days`);
  return retention;
}
