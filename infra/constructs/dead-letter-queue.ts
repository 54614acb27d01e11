/** The queue of dead letters: ranges that the pipe gave up on, and records that can never be applied (I5). */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from '../settings/settings.ts';
import { allow } from './grants.ts';

export interface DeadLetterQueueProps {
  readonly settings: Settings['deadLetters'];
  readonly keepOnDelete: boolean;
}

export class DeadLetterQueue extends Construct {
  readonly queue: IQueue;
  readonly queueName: string;
  readonly url: string;
  readonly arn: string;

  constructor(scope: Construct, id: string, { settings, keepOnDelete }: DeadLetterQueueProps) {
    super(scope, id);
    const queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(settings.retentionDays),
      maxMessageSizeBytes: settings.maximumMessageBytes,
      removalPolicy: keepOnDelete ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.queue = queue;
    this.queueName = queue.queueName;
    this.url = queue.queueUrl;
    this.arn = queue.queueArn;
  }

  /** Allows sending only; a sender cannot read dead letters. */
  grantSend(grantee: IGrantable): void {
    allow(grantee, this.arn, ['sqs:SendMessage']);
  }

  /** Allows redrive to take dead letters, try them again, and delete those that are committed. */
  grantRedrive(grantee: IGrantable): void {
    allow(grantee, this.arn, [
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:ReceiveMessage',
      'sqs:SendMessage',
    ]);
  }
}
