import { randomBytes } from 'node:crypto';
import type { SendMessageBatchCommand, SendMessageBatchCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from '@jest/globals';
import {
  type DeadLetter,
  decodeDeadLetter,
  encodeDeadLetter,
  MESSAGE_BYTES_MAX,
} from '../../../src/dead-letters/dead-letter.ts';
import { createDeadLetterQueue } from '../../../src/dead-letters/dead-letter-queue.ts';
import { systemClock } from '../../../src/lambda/clock.ts';

type Entries = NonNullable<SendMessageBatchCommandInput['Entries']>;
interface Answer {
  readonly Successful?: readonly { readonly Id?: string | undefined }[];
  readonly Failed?: readonly { readonly Id: string; readonly Code?: string; readonly Message?: string }[];
}

const letterOf = (record: unknown): DeadLetter => ({ reason: 'unreadable-key', detail: 'no key', record });
const letters = (count: number) => Array.from({ length: count }, (_, index) => letterOf(index));
const allOf = (entries: Entries): Answer => ({ Successful: entries.map(({ Id }) => ({ Id })) });
const KEPT = { kind: 'kept' };

/**
 * A queue on a client whose responses come from `answer`, the requests that it sent, and a clock to advance.
 */
function fakeQueue(answer: (entries: Entries, call: number) => Answer | Promise<Answer>) {
  const clock = { nowMs: 1_000 };
  const sent: SendMessageBatchCommandInput[] = [];
  const client = {
    send: async (command: SendMessageBatchCommand) => {
      sent.push(command.input);
      return answer(command.input.Entries ?? [], sent.length);
    },
  };
  const queue = createDeadLetterQueue(client as unknown as SQSClient, 'http://127.0.0.1/poison', {
    ...systemClock,
    nowMs: () => clock.nowMs,
  });
  return { clock, sent, send: (some: readonly DeadLetter[]) => queue.send(some, { deadlineMs: 61_000 }) };
}
const bodiesOf = (sent: readonly SendMessageBatchCommandInput[]) =>
  sent.map(({ Entries }) => (Entries ?? []).map(({ MessageBody }) => decodeDeadLetter(MessageBody ?? '')));

describe('sending dead letters', () => {
  it('puts each reason in an attribute, so that it is visible without decoding the body', async () => {
    const { sent, send } = fakeQueue(allOf);
    expect(await send([letterOf({ eventID: 'e1' })])).toEqual([KEPT]);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.QueueUrl).toBe('http://127.0.0.1/poison');
    expect(sent[0]?.Entries?.[0]?.MessageAttributes).toEqual({
      kind: { DataType: 'String', StringValue: 'poison-record' },
      reason: { DataType: 'String', StringValue: 'unreadable-key' },
    });
    expect(bodiesOf(sent)).toEqual([[letterOf({ eventID: 'e1' })]]);
  });

  it('sends no request for an empty list', async () => {
    const { sent, send } = fakeQueue(allOf);
    expect(await send([])).toEqual([]);
    expect(sent).toEqual([]);
  });

  it('sends at most 10 at once, each once and in order', async () => {
    const { sent, send } = fakeQueue(allOf);
    expect(await send(letters(21))).toEqual(Array.from({ length: 21 }, () => KEPT));
    expect(sent.map(({ Entries }) => Entries?.length)).toEqual([10, 10, 1]);
    expect(bodiesOf(sent).flat()).toEqual(letters(21));
  });

  it('gives each entry of a request its own id', async () => {
    const { sent, send } = fakeQueue(allOf);
    await send(letters(21));
    for (const { Entries } of sent) expect(new Set(Entries?.map(({ Id }) => Id)).size).toBe(Entries?.length);
  });

  it('sends at most 1 MiB at once, including attributes', async () => {
    const { sent, send } = fakeQueue(allOf);
    const large = Array.from({ length: 7 }, (_, index) =>
      letterOf(`${index}${randomBytes(300_000).toString('base64')}`),
    );
    const huge = letterOf(randomBytes(3 * MESSAGE_BYTES_MAX).toString('base64'));
    expect(await send([...large, huge])).toEqual(Array.from({ length: 8 }, () => KEPT));
    // Two dead letters of 400 KB fit in a request; the huge one is truncated and sent with the last.
    expect(sent.map(({ Entries }) => Entries?.length)).toEqual([2, 2, 2, 2]);
    for (const { Entries = [] } of sent) {
      expect(sizeOf(Entries)).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
    }
    expect(bodiesOf(sent).flat().slice(0, 7)).toEqual(large);
    expect(bodiesOf(sent).flat()[7]).toMatchObject({ truncated: true });
  });

  it('truncates a dead letter whose body would leave no room for its attributes', async () => {
    const { sent, send } = fakeQueue(allOf);
    await send([letterOfSize(MESSAGE_BYTES_MAX - 300), letterOfSize(MESSAGE_BYTES_MAX - 20)]);
    for (const { Entries = [] } of sent) expect(sizeOf(Entries)).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
    const [whole, cut] = bodiesOf(sent).flat();
    expect(whole).not.toHaveProperty('truncated');
    expect(cut).toHaveProperty('truncated', true);
  });
});

describe('the confirmation of a dead letter', () => {
  it('is the result of its own entry in a 200 response with a list of failures', async () => {
    const { send } = fakeQueue((entries) => ({
      Successful: entries.filter(({ Id }) => Id !== '1').map(({ Id }) => ({ Id })),
      Failed: [{ Id: '1', Code: 'InternalError', Message: 'try again' }],
    }));
    expect(await send(letters(3))).toEqual([
      KEPT,
      { kind: 'failed', detail: 'InternalError try again' },
      KEPT,
    ]);
  });

  it('is missing when the response does not name the entry', async () => {
    const { send } = fakeQueue((entries) => ({ Successful: entries.slice(1).map(({ Id }) => ({ Id })) }));
    expect(await send(letters(2))).toEqual([{ kind: 'failed', detail: 'SQS gave no result for it' }, KEPT]);
  });

  it('is found in a response that lists the entries in another order', async () => {
    const { send } = fakeQueue((entries) => ({
      Successful: entries
        .toReversed()
        .filter(({ Id }) => Id !== '2')
        .map(({ Id }) => ({ Id })),
      Failed: [{ Id: '2' }],
    }));
    const confirmations = await send(letters(4));
    expect(confirmations.map(({ kind }) => kind)).toEqual(['kept', 'kept', 'failed', 'kept']);
  });

  it('is missing when the response has no lists', async () => {
    const { send } = fakeQueue(() => ({}));
    expect(await send(letters(1))).toEqual([{ kind: 'failed', detail: 'SQS gave no result for it' }]);
  });

  it('depends only on its own request, so that a failed request does not affect the others', async () => {
    const { send } = fakeQueue((entries, call) => {
      if (call === 2) throw new Error('connection refused');
      return allOf(entries);
    });
    const confirmations = await send(letters(25));
    expect(confirmations.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => KEPT));
    expect(confirmations.slice(10, 20)).toEqual(
      Array.from({ length: 10 }, () => ({ kind: 'failed', detail: 'connection refused' })),
    );
    expect(confirmations.slice(20)).toEqual(Array.from({ length: 5 }, () => KEPT));
  });

  it('never comes from the response to another request', async () => {
    const { send } = fakeQueue((entries, call) =>
      call === 1
        ? allOf(entries)
        : { Successful: Array.from({ length: 10 }, (_, id) => ({ Id: String(id) })) },
    );
    const confirmations = await send(letters(12));
    expect(confirmations.slice(10).map(({ kind }) => kind)).toEqual(['failed', 'failed']);
  });
});

describe('the deadline for sending dead letters', () => {
  it('makes the remaining dead letters fail without a request', async () => {
    const queue = fakeQueue((entries) => {
      queue.clock.nowMs = 61_000;
      return allOf(entries);
    });
    const confirmations = await queue.send(letters(12));
    expect(queue.sent).toHaveLength(1);
    expect(confirmations.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => KEPT));
    expect(confirmations.slice(10)).toEqual([
      { kind: 'failed', detail: 'the invocation ran out of time' },
      { kind: 'failed', detail: 'the invocation ran out of time' },
    ]);
  });

  it('aborts a request that is in flight', async () => {
    const client = {
      send: (_: SendMessageBatchCommand, { abortSignal }: { readonly abortSignal: AbortSignal }) =>
        new Promise((_resolve, reject) => {
          abortSignal.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    };
    const queue = createDeadLetterQueue(client as unknown as SQSClient, 'http://127.0.0.1/poison', {
      ...systemClock,
      nowMs: () => 1_000,
    });
    expect(await queue.send(letters(1), { deadlineMs: 1_020 })).toEqual([
      { kind: 'failed', detail: 'aborted' },
    ]);
  });
});

/** The size of a request as SQS measures it: the bodies, and each attribute's name, type and value. */
function sizeOf(entries: Entries): number {
  const texts = entries.flatMap(({ MessageBody = '', MessageAttributes = {} }) => [
    MessageBody,
    ...Object.entries(MessageAttributes).flatMap(([name, { DataType = '', StringValue = '' }]) => [
      name,
      DataType,
      StringValue,
    ]),
  ]);
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/** A letter whose body has `bytes` bytes, or at most 16 fewer. */
function letterOfSize(bytes: number): DeadLetter {
  const noise = randomBytes(bytes).toString('base64');
  let length = bytes;
  for (let round = 0; round < 50; round += 1) {
    const letter = letterOf(noise.slice(0, length));
    const size = encodeDeadLetter(letter, Number.POSITIVE_INFINITY).length;
    if (size <= bytes && size > bytes - 16) return letter;
    length += bytes - 8 - size;
  }
  throw new Error(`found no letter of ${bytes} bytes`);
}
