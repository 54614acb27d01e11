/**
 * The state machine of the reconcile, `state-machines/reconcile.asl.json`, with the functions that it calls.
 * Substitutions fill in its placeholders, so that the same file can be validated and run locally.
 */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { type Grant, type IGrantable, Policy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import definition from '../../state-machines/reconcile.asl.json' with { type: 'json' };
import type { Settings } from '../settings/settings.ts';
import { allow, serviceRole } from './grants.ts';
import { createLogGroup } from './log-group.ts';
import type { ReconcileFunctions } from './reconcile-functions.ts';

export interface ReconcileWorkflowProps {
  readonly name: string;
  readonly settings: Settings;
  readonly functions: ReconcileFunctions;
}

/** Actions that the role needs on all resources to deliver logs (Step Functions guide, "CloudWatch Logs"). */
const logDeliveryActions = [
  'logs:CreateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:GetLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:UpdateLogDelivery',
];

export class ReconcileWorkflow extends Construct {
  readonly stateMachineArn: string;

  constructor(scope: Construct, id: string, { name, settings, functions }: ReconcileWorkflowProps) {
    super(scope, id);
    const { plan, redrive, digest, heal, decide, audit, report } = functions;

    const role = serviceRole(this, 'states.amazonaws.com');
    for (const called of [plan, redrive, digest, heal, decide, audit, report]) called.grantInvoke(role);
    allow(role, '*', ['cloudwatch:GetMetricData', ...logDeliveryActions]);

    const machine = new CfnStateMachine(this, 'StateMachine', {
      // A run may take longer than the five minutes of an express workflow, and must start no step twice.
      stateMachineType: 'STANDARD',
      roleArn: role.roleArn,
      // Without white space.
      definitionString: JSON.stringify(definition),
      definitionSubstitutions: {
        PlanFunctionArn: plan.arn,
        RedriveFunctionArn: redrive.arn,
        DigestFunctionArn: digest.arn,
        HealFunctionArn: heal.arn,
        DecideFunctionArn: decide.arn,
        AuditFunctionArn: audit.arn,
        ReportFunctionArn: report.arn,
        // All segments of one table run at once, because seed divides its rate among them.
        Concurrency: String(settings.reconcile.segmentsMax),
        MetricsNamespace: name,
      },
      loggingConfiguration: errorsOnly(
        createLogGroup(this, { settings: settings.logs, deliveredBy: { service: 'states', name } }),
      ),
    });
    machine.node.addDependency(role);
    this.stateMachineArn = machine.attrArn;
    this.#allowChildExecutions(machine, role);
  }

  grantStart(grantee: IGrantable): Grant {
    return allow(grantee, this.stateMachineArn, ['states:StartExecution']);
  }

  /**
   * A distributed Map starts its children as executions of this state machine, and redrives those that
   * failed. The Step Functions guide writes these executions as `NAME:*` in its policy, but as `NAME/LABEL:*`
   * in its list of ARNs, so this policy allows both. It is a separate policy because it names the state
   * machine, which is created after its role.
   */
  #allowChildExecutions(machine: CfnStateMachine, role: Role): void {
    const executionsNamed = (suffix: string) =>
      Stack.of(this).formatArn({
        service: 'states',
        resource: 'execution',
        resourceName: `${machine.attrName}${suffix}`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
    const [executions, children] = [executionsNamed(':*'), executionsNamed('/*')];
    new Policy(this, 'ChildExecutions', {
      roles: [role],
      statements: [
        new PolicyStatement({ actions: ['states:StartExecution'], resources: [machine.attrArn] }),
        new PolicyStatement({
          actions: ['states:DescribeExecution', 'states:StopExecution'],
          resources: [executions, children],
        }),
        new PolicyStatement({ actions: ['states:RedriveExecution'], resources: [children] }),
      ],
    });
  }
}

function errorsOnly(log: LogGroup): CfnStateMachine.LoggingConfigurationProperty {
  return {
    level: 'ERROR',
    includeExecutionData: false,
    destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: log.logGroupArn } }],
  };
}
