import { describe, expect, it } from '@jest/globals';
import { deadLetterRange } from '../../../infra/local/emulator/pipe/delivery.ts';
import { encodeDeadLetter } from '../../../src/dead-letters/dead-letter.ts';
import { readRedrivable } from '../../../src/dead-letters/redrivable.ts';
import { markRecord, sequenceNumberOf, STREAM_ARN } from '../../support/stream-records.ts';

const batch = {
  shardId: 'shardId-00000001',
  startSequenceNumber: sequenceNumberOf(5),
  endSequenceNumber: sequenceNumberOf(9),
  approximateArrivalOfFirstRecord: '2024-06-01T00:00:00.000Z',
  approximateArrivalOfLastRecord: '2024-06-01T00:00:01.000Z',
  batchSize: 3,
  streamArn: STREAM_ARN,
};
const bodyOf = (changes: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ context: {}, version: '1.0', DDBStreamBatchInfo: { ...batch, ...changes } });

describe('a message of the dead-letter queue', () => {
  it('from the aggregator is parsed into the record itself', () => {
    const record = markRecord({ restaurantId: 'r', userId: 'ada' });
    const body = encodeDeadLetter({ reason: 'unreadable-key', detail: '', record });
    expect(readRedrivable(body)).toEqual({ kind: 'record', record, streamArn: STREAM_ARN });
  });

  it.each([null, 'text', 7, []])('from the aggregator may contain the record %j', (record) => {
    const body = encodeDeadLetter({ reason: 'not-a-record', detail: '', record });
    expect(readRedrivable(body)).toEqual({ kind: 'record', record });
  });

  it('from the pipe is parsed into a range of its stream', () => {
    const expected = {
      kind: 'range',
      streamArn: STREAM_ARN,
      range: {
        streamArn: STREAM_ARN,
        shardId: 'shardId-00000001',
        startSequenceNumber: sequenceNumberOf(5),
        endSequenceNumber: sequenceNumberOf(9),
        batchSize: 3,
      },
    };
    expect(readRedrivable(bodyOf({}))).toEqual(expected);
    expect(readRedrivable(`\n ${bodyOf({ unknown: 1 })}`)).toEqual(expected);
  });

  it('from the local pipe is parsed into a range too', () => {
    const body = JSON.stringify(
      deadLetterRange({
        pipeArn: 'arn:aws:pipes:eu-west-1:1:pipe/p',
        streamArn: STREAM_ARN,
        shardId: 'shard-1',
        condition: 'RetryAttemptsExhausted',
        deliveries: ['3', '4'].map((sequenceNumber, order) => ({
          record: {},
          eventID: sequenceNumber,
          sequenceNumber,
          createdAtMs: 0,
          arrivedAtMs: 0,
          sizeBytes: 2,
          order,
          heldPosition: order,
          isDuplicate: false,
          isPoison: false,
        })),
        nowMs: 0,
      }),
    );
    expect(readRedrivable(body)).toMatchObject({
      kind: 'range',
      range: { startSequenceNumber: '3', endSequenceNumber: '4', batchSize: 2 },
    });
  });

  it.each([undefined, 0, -1, 1.5, '3'])(
    'counts as at least one record if its batch size is %j',
    (batchSize) => {
      expect(readRedrivable(bodyOf({ batchSize }))).toMatchObject({ kind: 'range', range: { batchSize: 1 } });
    },
  );

  it('gives an error that quotes no value of the body when it is unreadable', () => {
    const bodies = [
      '{"ada',
      '{"DDBStreamBatchInfo":"ada"}',
      bodyOf({ shardId: ['ada'], streamArn: 'ada' }),
      'ada',
    ];
    for (const body of bodies) expect(JSON.stringify(readRedrivable(body))).not.toMatch(/\bada\b/);
  });

  it.each([
    ['', 'not a dead letter of the aggregator'],
    ['hello', 'not a dead letter of the aggregator'],
    ['{', 'starts like JSON but cannot be parsed'],
    ['{}', 'DDBStreamBatchInfo of the message is missing or unreadable'],
    ['{"DDBStreamBatchInfo":[]}', 'DDBStreamBatchInfo.streamArn of the message is missing'],
    [bodyOf({ streamArn: undefined }), 'DDBStreamBatchInfo.streamArn of the message'],
    [bodyOf({ streamArn: 'arn:aws:kinesis:eu-west-1:1:stream/s' }), 'DDBStreamBatchInfo.streamArn'],
    [bodyOf({ shardId: '' }), 'DDBStreamBatchInfo.shardId'],
    [bodyOf({ startSequenceNumber: 5 }), 'DDBStreamBatchInfo.startSequenceNumber'],
    [bodyOf({ endSequenceNumber: '-5' }), 'DDBStreamBatchInfo.endSequenceNumber'],
    [bodyOf({ endSequenceNumber: '1'.repeat(41) }), 'DDBStreamBatchInfo.endSequenceNumber'],
    [bodyOf({ endSequenceNumber: sequenceNumberOf(4) }), 'ends before it starts'],
    [encodeDeadLetter({ reason: 'unreadable-key', detail: '' }), 'no record'],
    [
      encodeDeadLetter({ reason: 'unreadable-key', detail: '', record: 'ada'.repeat(99) }, 10),
      'too large for a message',
    ],
  ])('is unreadable with the body %j', (body, detail) => {
    expect(readRedrivable(body)).toEqual({ kind: 'unreadable', detail: expect.stringContaining(detail) });
  });

  it('may be a range of one record, which starts and ends at the same sequence number', () => {
    const one = bodyOf({ endSequenceNumber: sequenceNumberOf(5) });
    expect(readRedrivable(one)).toMatchObject({ kind: 'range' });
  });
});
