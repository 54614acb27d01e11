/**
 * The EventBridge Pipe from the stream of Favourites to the aggregator. It may deliver a record more than
 * once or out of order, which changes no count (I2). Records that it gives up on go to the dead letters (I5).
 */
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import { Construct } from 'constructs';
import { parseKeyPattern } from '../../src/counting/source/key-pattern.ts';
import { readsUpdates, type Source } from '../../src/counting/source/source.ts';
import type { Settings } from '../settings/settings.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { serviceRole } from './grants.ts';
import type { LambdaFunction } from './lambda-function.ts';
import { createLogGroup } from './log-group.ts';
import type { Tables } from './tables.ts';

export interface AggregationPipeProps {
  readonly tables: Tables;
  readonly target: LambdaFunction;
  readonly deadLetters: DeadLetterQueue;
  readonly settings: Settings['pipe'];
  readonly source: Settings['source'];
  readonly logs: Settings['logs'];
  /** The name of the pipeline. */
  readonly name: string;
}

export class AggregationPipe extends Construct {
  readonly pipeName: string;

  constructor(scope: Construct, id: string, props: AggregationPipeProps) {
    super(scope, id);
    const { tables, target, deadLetters, settings } = props;

    const role = serviceRole(this, 'pipes.amazonaws.com');
    tables.grantReadStream(role);
    target.grantInvoke(role);
    deadLetters.grantSend(role);

    const log = createLogGroup(this, {
      settings: props.logs,
      deliveredBy: { service: 'pipes', name: props.name },
    });
    log.grantWrite(role);

    const pipe = new CfnPipe(this, 'Pipe', {
      description: 'Sends new and removed favourites to the aggregator, in batches',
      roleArn: role.roleArn,
      source: tables.streamArn,
      sourceParameters: {
        filterCriteria: { filters: [{ pattern: JSON.stringify(eventFilter(props.source)) }] },
        dynamoDbStreamParameters: {
          // LATEST can miss records that are written while the pipe is created or updated.
          startingPosition: 'TRIM_HORIZON',
          batchSize: settings.batchSize,
          maximumBatchingWindowInSeconds: settings.maximumBatchingWindowSeconds,
          parallelizationFactor: settings.parallelizationFactor,
          maximumRetryAttempts: settings.maximumRetryAttempts,
          maximumRecordAgeInSeconds: settings.maximumRecordAgeSeconds,
          onPartialBatchItemFailure: 'AUTOMATIC_BISECT',
          deadLetterConfig: { arn: deadLetters.arn },
        },
      },
      target: target.arn,
      // The pipe waits for the response, which names the records to deliver again.
      targetParameters: { lambdaFunctionParameters: { invocationType: 'REQUEST_RESPONSE' } },
      logConfiguration: {
        cloudwatchLogsLogDestination: { logGroupArn: log.logGroupArn },
        // No execution data: it would log user ids.
        level: 'ERROR',
      },
    });
    // If the pipe is created before its role's policy, the deployment fails.
    pipe.node.addDependency(role);
    this.pipeName = pipe.ref;
  }
}

/**
 * Drops updates unless the source reads them, and items whose key shows that they are of another kind.
 * Dropped records cost nothing. The filter compares only text: numbers arrive as text too, so a numeric
 * filter would drop them all.
 */
export function eventFilter(source: Source): object {
  const keys = source.key.flatMap(({ name, pattern = '{user}' }) => {
    const { names, prefix } = parseKeyPattern(pattern);
    if (prefix === '') return [];
    return [[name, { S: [names.length === 0 ? prefix : { prefix }] }] as const];
  });
  return {
    eventName: readsUpdates(source) ? ['INSERT', 'MODIFY', 'REMOVE'] : ['INSERT', 'REMOVE'],
    ...(keys.length > 0 && { dynamodb: { Keys: Object.fromEntries(keys) } }),
  };
}
