/**
 * Lambda entry: one step of redrive; the workflow calls it again while `done` is false.
 *
 * IAM: `dynamodb:GetShardIterator` and `dynamodb:GetRecords` on the streams of Favourites (`…/stream/*`,
 * because a dead letter may be of an earlier stream); `sqs:ReceiveMessage`, `sqs:DeleteMessage`,
 * `sqs:ChangeMessageVisibility` and `sqs:SendMessage` on the dead-letter queue; `dynamodb:BatchGetItem` on
 * Favourites and CountedFavourites; `dynamodb:PutItem` on CountedFavourites and `dynamodb:UpdateItem` on
 * AggregatedFavourites, only inside transactions, as for the aggregator.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { createCommitStore } from '../../commit/store.ts';
import { createMapping } from '../../counting/mapping.ts';
import { createDeadLetterQueue, createReceivedLetters } from '../../dead-letters/dead-letter-queue.ts';
import { createClient } from '../../lambda/clients.ts';
import { runtimeOf, systemClock } from '../../lambda/clock.ts';
import { readEnvironment } from '../../lambda/environment.ts';
import { logger } from '../../lambda/logger.ts';
import { PlainJsonProtocol } from '../../lambda/plain-json-protocol.ts';
import { redriveVariables } from '../../lambda/settings.ts';
import { createFavouritesStream } from '../../tables/favourites-stream.ts';
import { createLookReads } from '../look/reads.ts';
import type { RedriveStep } from '../run.ts';
import { redriveStep } from './redrive.ts';

/** Time reserved at the end of an invocation to delete dead letters, give others back, and respond. */
const ANSWER_RESERVE_MS = 5_000;
/** The log of a step names at most this many dead letters; the metric counts all of them. */
const LOGGED_LETTERS_MAX = 10;

const environment = readEnvironment(redriveVariables, process.env);
const mapping = createMapping(environment.source, environment.timeZone);
const client = createClient(DynamoDBClient, 'commit', PlainJsonProtocol);
const store = createCommitStore(client, environment, { ...systemClock, random: Math.random });
const reads = createLookReads(
  createClient(DynamoDBClient, 'redrive', PlainJsonProtocol),
  { ...environment, mapping },
  { ...systemClock, random: Math.random },
);
const stream = createFavouritesStream(createClient(DynamoDBStreamsClient, 'redrive'), environment.source);
const queue = createClient(SQSClient, 'redrive');
const letters = createReceivedLetters(queue, environment.deadLetterQueueUrl);
const deadLetters = createDeadLetterQueue(queue, environment.deadLetterQueueUrl, systemClock);

export async function handler(event: RedriveStep, context: Context): Promise<RedriveStep> {
  logger.addContext(context);
  const left: { readonly messageId: string; readonly reason: string }[] = [];
  const step = await redriveStep(event, {
    mapping,
    letters,
    stream,
    reads,
    favouritesTableArn: environment.favouritesTableArn,
    store,
    deadLetters,
    timeWindows: environment.timeWindows,
    timeZone: environment.timeZone,
    ranking: environment.ranking,
    concurrency: environment.commitConcurrency,
    ...runtimeOf(context, ANSWER_RESERVE_MS),
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
