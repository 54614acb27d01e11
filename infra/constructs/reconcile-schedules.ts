/** The schedules of the reconcile: redrive runs often, repair rarely. One setting turns off both. */
import type { Role } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { Settings } from '../settings/settings.ts';
import { serviceRole } from './grants.ts';
import type { ReconcileWorkflow } from './reconcile-workflow.ts';

export interface ReconcileSchedulesProps {
  readonly workflow: ReconcileWorkflow;
  readonly settings: Settings['reconcile'];
}

/** How long and how often Scheduler retries to start an execution; it gives up before the next redrive. */
const startAgeMaxSeconds = 600;
const startRetriesMax = 5;

export class ReconcileSchedules extends Construct {
  readonly #role: Role;
  readonly #props: ReconcileSchedulesProps;

  constructor(scope: Construct, id: string, props: ReconcileSchedulesProps) {
    super(scope, id);
    this.#props = props;
    this.#role = serviceRole(this, 'scheduler.amazonaws.com');
    props.workflow.grantStart(this.#role);
    this.#schedule('Redrive', 'redrive', props.settings.redriveSchedule);
    this.#schedule('Repair', 'repair', props.settings.repairSchedule);
  }

  #schedule(id: string, mode: 'redrive' | 'repair', expression: string): void {
    const { workflow, settings } = this.#props;
    const schedule = new CfnSchedule(this, id, {
      description: `Reconcile favourite counts, mode ${mode}`,
      scheduleExpression: expression,
      scheduleExpressionTimezone: settings.timeZone,
      state: settings.scheduled ? 'ENABLED' : 'DISABLED',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: workflow.stateMachineArn,
        roleArn: this.#role.roleArn,
        input: JSON.stringify({ mode }),
        retryPolicy: {
          maximumEventAgeInSeconds: startAgeMaxSeconds,
          maximumRetryAttempts: startRetriesMax,
        },
      },
    });
    schedule.node.addDependency(this.#role);
  }
}
