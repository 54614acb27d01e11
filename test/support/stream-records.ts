/**
 * Stream records of Favourites as EventBridge Pipes sends them to its target. Overrides of any part make
 * invalid records.
 */
import { createHash } from 'node:crypto';
import type { Item } from '../../src/tables/dynamodb/scan.ts';

export const STREAM_LABEL = '2024-01-01T00:00:00.000';
export const FAVOURITES_ARN = 'arn:aws:dynamodb:eu-west-1:123456789012:table/Favourites';
export const STREAM_ARN = streamArn(STREAM_LABEL);

export interface StreamRecordOptions {
  readonly restaurantId: string;
  readonly userId: string;
  /** The `created_at` in the new image of a mark, or in the old image of an un-mark. */
  readonly createdAt?: string;
  /** A small number or the full text. It grows with every write of one item. */
  readonly sequenceNumber?: number | string;
  readonly eventSourceARN?: string;
  readonly eventID?: string;
  /** ApproximateCreationDateTime, in epoch seconds. */
  readonly writtenAtSeconds?: number;
}

export type Image = Readonly<Record<string, { readonly S: string }>>;

export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'REMOVE';
  readonly eventVersion: '1.1';
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Image;
    readonly NewImage?: Image;
    readonly OldImage?: Image;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: 'NEW_AND_OLD_IMAGES';
  };
  readonly eventSourceARN: string;
}

/** The stream record of one write to a table of any shape. */
export interface AnyTableRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventSourceARN: string;
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Item;
    readonly NewImage?: Item;
    readonly OldImage?: Item;
    readonly SequenceNumber: string;
  };
}

/** The record of a write that makes `after` of `before`; undefined stands for no row. */
export function anyTableRecord(write: {
  readonly key: Item;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly sequence: number;
}): AnyTableRecord {
  const { key, before, after, sequence } = write;
  const put = before === undefined ? 'INSERT' : 'MODIFY';
  return {
    eventID: `event-${sequence}`,
    eventName: after === undefined ? 'REMOVE' : put,
    eventSourceARN: STREAM_ARN,
    dynamodb: {
      ApproximateCreationDateTime: 1_660_000_000 + sequence,
      Keys: key,
      ...(after && { NewImage: after }),
      ...(before && { OldImage: before }),
      SequenceNumber: sequenceNumberOf(sequence),
    },
  };
}

/** The INSERT record of one user marking one restaurant. */
export function markRecord(options: StreamRecordOptions): StreamRecord {
  return streamRecord('INSERT', options);
}

/** The REMOVE record of one user un-marking one restaurant. */
export function unmarkRecord(options: StreamRecordOptions): StreamRecord {
  return streamRecord('REMOVE', options);
}

export function streamArn(label: string): string {
  return `${FAVOURITES_ARN}/stream/${label}`;
}

/** A sequence number of 21 digits, the shortest that DynamoDB assigns. */
export function sequenceNumberOf(number: number): string {
  return `1${String(number).padStart(20, '0')}`;
}

function streamRecord(eventName: 'INSERT' | 'REMOVE', options: StreamRecordOptions): StreamRecord {
  const sequenceNumber =
    typeof options.sequenceNumber === 'string'
      ? options.sequenceNumber
      : sequenceNumberOf(options.sequenceNumber ?? 1);
  const eventSourceARN = options.eventSourceARN ?? STREAM_ARN;
  const keys: Image = { restaurant_id_user_id: { S: `${options.restaurantId}#${options.userId}` } };
  const image: Image = {
    ...keys,
    restaurant_id: { S: options.restaurantId },
    user_id: { S: options.userId },
    created_at: { S: options.createdAt ?? '2024-05-06T07:08:09.000Z' },
  };
  return {
    eventID: options.eventID ?? eventIdOf(eventSourceARN, sequenceNumber),
    eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'eu-west-1',
    dynamodb: {
      ApproximateCreationDateTime: options.writtenAtSeconds ?? 1_714_979_289,
      Keys: keys,
      ...(eventName === 'INSERT' ? { NewImage: image } : { OldImage: image }),
      SequenceNumber: sequenceNumber,
      SizeBytes: 120,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
    eventSourceARN,
  };
}

/**
 * The same for every delivery of one record. It differs from the sequence number, because a pipe does not
 * accept a sequence number as an item identifier.
 */
function eventIdOf(eventSourceARN: string, sequenceNumber: string): string {
  return createHash('sha256').update(`${eventSourceARN} ${sequenceNumber}`).digest('hex').slice(0, 32);
}
