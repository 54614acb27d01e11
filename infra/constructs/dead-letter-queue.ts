/**
 * Where the pipe leaves the ranges that it gave up on, and the aggregator the records that can never be
 * applied (I5).
 */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from '../settings/settings.ts';

export interface DeadLetterQueueProps {
  readonly settings: Settings['deadLetters'];
  readonly keepOnDelete: boolean;
}

export class DeadLetterQueue extends Construct {
  readonly queueName: string;
  readonly url: string;
  readonly arn: string;
  readonly #queue: Queue;

  constructor(scope: Construct, id: string, { settings, keepOnDelete }: DeadLetterQueueProps) {
    super(scope, id);
    this.#queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(settings.retentionDays),
      maxMessageSizeBytes: settings.maximumMessageBytes,
      removalPolicy: keepOnDelete ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.queueName = this.#queue.queueName;
    this.url = this.#queue.queueUrl;
    this.arn = this.#queue.queueArn;
    Validations.of(this.#queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is the dead-letter queue; what it keeps is redriven from it, never on to another one.',
    });
  }

  /** Sending, alone or in batches, and nothing else: a sender cannot read what others left here. */
  grantSend(grantee: IGrantable): void {
    this.#queue.grant(grantee, 'sqs:SendMessage');
  }

  /** To take dead letters, try them again, and delete what is committed. */
  grantRedrive(grantee: IGrantable): void {
    this.#queue.grant(
      grantee,
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:ReceiveMessage',
      'sqs:SendMessage',
    );
  }
}
