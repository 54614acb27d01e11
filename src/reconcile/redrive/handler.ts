/**
 * Lambda entry: a {@link RedriveStep} in and out, again and again until it is done.
 *
 * IAM: `dynamodb:GetShardIterator` and `dynamodb:GetRecords` on the streams of Favourites (`…/stream/*`: a
 * letter may be of the stream before); `sqs:ReceiveMessage`, `sqs:DeleteMessage`,
 * `sqs:ChangeMessageVisibility` and `sqs:SendMessage` on the dead-letter queue; `dynamodb:PutItem` on
 * CountedFavourites and `dynamodb:UpdateItem` on AggregatedFavourites, inside transactions only, as the
 * aggregator.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { createDeadLetterQueue, createReceivedLetters } from '../../dead-letters/dead-letter-queue.ts';
import { deadlineOf, systemClock } from '../../lambda/clock.ts';
import { readEnvironment } from '../../lambda/environment.ts';
import { redriveVariables } from '../../lambda/settings.ts';
import { createCommitStore } from '../../commit/store.ts';
import { createFavouritesStream } from '../../tables/favourites-stream.ts';
import { clientSettings } from '../../lambda/clients.ts';
import { redriveStep } from './redrive.ts';
import type { RedriveStep } from '../run.ts';

/** Kept back from the invocation's time to delete, to give back and to answer. */
const ANSWER_RESERVE_MS = 5_000;
/** The longest answer is that of an empty queue, after its wait of a second. */
const REQUEST_TIMEOUT_MS = 3_000;
/** As the aggregator: the use-case decides about a transaction. */
const COMMIT_ATTEMPTS = 2;
/** The pipe reads too, so a shard throttles now and then; pauses between six attempts outlast a second. */
const READ_ATTEMPTS = 6;
/** Letters named in the log of one step; the metric has their number. */
const LOGGED_LETTERS_MAX = 10;

const environment = readEnvironment(redriveVariables, process.env);
const logger = new Logger();
const commitSettings = clientSettings({ attempts: COMMIT_ATTEMPTS, requestTimeoutMs: REQUEST_TIMEOUT_MS });
const readSettings = clientSettings({ attempts: READ_ATTEMPTS, requestTimeoutMs: REQUEST_TIMEOUT_MS });
const store = createCommitStore(new DynamoDBClient(commitSettings), environment);
const stream = createFavouritesStream(new DynamoDBStreamsClient(readSettings));
const queue = new SQSClient(readSettings);
const letters = createReceivedLetters(queue, { queueUrl: environment.deadLetterQueueUrl });
const deadLetters = createDeadLetterQueue(queue, {
  queueUrl: environment.deadLetterQueueUrl,
  clock: systemClock,
});

export async function handler(event: RedriveStep, context: Context): Promise<RedriveStep> {
  logger.addContext(context);
  const left: { readonly messageId: string; readonly reason: string }[] = [];
  const step = await redriveStep(event, {
    letters,
    stream,
    store,
    deadLetters,
    clock: systemClock,
    random: Math.random,
    timeWindows: environment.timeWindows,
    concurrency: environment.commitConcurrency,
    deadlineMs: deadlineOf(context, ANSWER_RESERVE_MS),
    onLeft: ({ messageId }, reason) => left.push({ messageId, reason }),
  });
  if (left.length > 0) {
    logger.warn('Some dead letters stay in the queue', {
      left: left.length,
      letters: left.slice(0, LOGGED_LETTERS_MAX),
    });
  }
  return step;
}
