/**
 * The findings of cdk-nag that this repository accepts, each with its reason. They are not in the construct,
 * because the CDK takes acknowledgements only since 2.270, and adopters have rules of their own.
 */
import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import type { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { FavouriteCounts } from './constructs/favourite-counts.ts';

export function acknowledgeFindings(counts: FavouriteCounts): void {
  acknowledge(counts, 'DeadLetters/Queue', [
    {
      id: 'AwsSolutions-SQS3',
      reason: 'This is the dead-letter queue. Redrive takes messages from it; it needs no queue of its own.',
    },
  ]);
  acknowledge(counts, 'ReconcileWorkflow/StateMachine', [
    {
      id: 'AwsSolutions-SF1',
      reason: 'Only errors are logged: Step Functions keeps the history of an execution for 90 days.',
    },
    { id: 'AwsSolutions-SF2', reason: 'The execution history shows the same as a trace.' },
  ]);
  if (counts.node.tryFindChild('Api')?.node.tryFindChild('PreflightRoute')) {
    acknowledge(counts, 'Api/PreflightRoute', [
      {
        id: 'AwsSolutions-APIG4',
        reason:
          'Only for preflights, which browsers send without credentials; the handler answers 405 to OPTIONS.',
      },
    ]);
  }
  acknowledgeWildcards(counts);
}

function acknowledgeWildcards(counts: FavouriteCounts): void {
  acknowledgeWildcard(counts, 'Reconcile/Redrive', {
    arn: `${counts.favouritesTable.tableArn}/stream/*`,
    reason: 'These are the streams of one table, and the grant only reads them.',
  });
  acknowledgeWildcard(counts, 'ReconcileWorkflow/Role', {
    arn: '*',
    reason: 'GetMetricData and the delivery of logs cannot be limited to resources.',
  });
  const machine = childAt(counts, 'ReconcileWorkflow/StateMachine') as CfnStateMachine;
  for (const suffix of [':*', '/*']) {
    acknowledgeWildcard(counts, 'ReconcileWorkflow/ChildExecutions', {
      arn: Stack.of(counts).formatArn({
        service: 'states',
        resource: 'execution',
        resourceName: `${machine.attrName}${suffix}`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
      reason: 'They are the executions of this one state machine, which get their names at run time.',
    });
  }
}

interface Acknowledgement {
  readonly id: string;
  readonly reason: string;
}

function acknowledge(counts: Construct, path: string, findings: readonly Acknowledgement[]): void {
  Validations.of(childAt(counts, path)).acknowledge(...findings);
}

function childAt(construct: Construct, path: string): Construct {
  return path.split('/').reduce<Construct>((parent, id) => parent.node.findChild(id), construct);
}

/** `arn` must equal the one in the permission; it may hold references. */
function acknowledgeWildcard(
  counts: Construct,
  path: string,
  { arn, reason }: { readonly arn: unknown; readonly reason: string },
): void {
  const finding = `Resource::${flattened(Stack.of(counts).resolve(arn))}`;
  acknowledge(counts, path, [{ id: `AwsSolutions-IAM5[${finding}]`, reason }]);
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
