import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startQueueServer, type QueueServer } from '../../infra/local/emulator/queue/queue-server.ts';
import { SqsError } from '../../infra/local/emulator/queue/sqs-error.ts';

const SETTINGS = { maximumMessageSizeBytes: 1_048_576, messageRetentionSeconds: 1_209_600 };

describe('local queue, through the AWS SDK', () => {
  let directory: string;
  let server: QueueServer;
  let client: SQSClient;
  let QueueUrl: string;

  const start = async (): Promise<void> => {
    server = await startQueueServer({ directory });
    client = new SQSClient({
      endpoint: server.endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
    QueueUrl = server.createQueue({ name: 'dead-letters', ...SETTINGS }).url;
  };
  const stop = async (): Promise<void> => {
    client.destroy();
    await server.stop();
  };
  const send = (MessageBody: string) => client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  const receive = (options: Partial<ConstructorParameters<typeof ReceiveMessageCommand>[0]> = {}) =>
    client.send(new ReceiveMessageCommand({ QueueUrl, ...options })).then((answer) => answer.Messages ?? []);
  const bodies = (): readonly string[] => Array.from(server.peek(QueueUrl), (message) => message.body);

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'queue-'));
    await start();
  });
  afterEach(async () => {
    await stop();
    await rm(directory, { recursive: true });
  });

  it('returns each message byte for byte, with attributes and digests that the SDK accepts', async () => {
    const body = 'crème brûlée 🍮\n\t"\\';
    const MessageAttributes = {
      kind: { DataType: 'String', StringValue: 'poison' },
      size: { DataType: 'Number', StringValue: '12' },
      raw: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255, 1]) },
    };
    const sent = await client.send(
      new SendMessageCommand({ QueueUrl, MessageBody: body, MessageAttributes }),
    );
    const [message] = await receive({ MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] });
    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      Body: body,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
    });
    expect(message?.MessageAttributes?.['raw']?.BinaryValue).toEqual(new Uint8Array([0, 255, 1]));
    expect(message?.Attributes).toMatchObject({ ApproximateReceiveCount: '1' });
  });

  it('computes the digest of attributes as SQS does', async () => {
    // Two attributes and their digest, computed separately in Python from the developer guide.
    const MessageAttributes = {
      b: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) },
      a: { DataType: 'String', StringValue: 'x' },
    };
    const sent = await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageAttributes }));
    expect(sent.MD5OfMessageAttributes).toBe('3e9b4c785db2deb306cf4009ae214dab');
  });

  it('returns attributes only if requested by name or prefix', async () => {
    const MessageAttributes = {
      'trace.id': { DataType: 'String', StringValue: 'a' },
      kind: { DataType: 'String', StringValue: 'b' },
    };
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageAttributes }));
    const [none] = await receive({ VisibilityTimeout: 0 });
    const [some] = await receive({ MessageAttributeNames: ['trace.*'] });
    expect(none).not.toHaveProperty('MessageAttributes');
    expect(none).not.toHaveProperty('Attributes');
    expect(Object.keys(some?.MessageAttributes ?? {})).toEqual(['trace.id']);
  });

  it('keeps its messages across a restart, and its old URL works too', async () => {
    await send('one');
    const before = QueueUrl;
    await stop();
    await start();
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'two' }));
    expect(Array.from(server.peek(before), (message) => message.body)).toEqual(['one', 'two']);
    expect(await receive({ MaxNumberOfMessages: 10 })).toHaveLength(2);
  });

  it('hides a received message until its visibility timeout, and counts the receives', async () => {
    await send('again');
    await receive({ VisibilityTimeout: 1 });
    expect(await receive()).toEqual([]);
    const [again] = await receive({
      WaitTimeSeconds: 20,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    });
    expect(again).toMatchObject({ Body: 'again', Attributes: { ApproximateReceiveCount: '2' } });
  });

  it('ends a long poll when a message arrives', async () => {
    const waiting = receive({ WaitTimeSeconds: 20 });
    await send('now');
    expect(await waiting).toMatchObject([{ Body: 'now' }]);
  });

  it('can be stopped during a long poll', async () => {
    const waiting = receive({ WaitTimeSeconds: 20 }).catch((error: unknown) => error);
    await client.send(new GetQueueUrlCommand({ QueueName: 'dead-letters' }));
    await server.stop();
    expect(await waiting).toBeInstanceOf(Error);
  });

  it('makes a message visible at once when its visibility timeout is set to 0', async () => {
    await send('back');
    const [first] = await receive();
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl,
        ReceiptHandle: first?.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    const [second] = await receive();
    expect(second?.MessageId).toBe(first?.MessageId);
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
  });

  it('refuses to change the visibility of a message that is not in flight', async () => {
    await send('idle');
    const [message] = await receive({ VisibilityTimeout: 0 });
    const change = { QueueUrl, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 5 };
    await expect(client.send(new ChangeMessageVisibilityCommand(change))).rejects.toMatchObject({
      name: 'MessageNotInflight',
    });
  });

  it('deletes by the latest receipt, accepts a second deletion, and refuses an older receipt', async () => {
    await send('x');
    const [old] = await receive({ VisibilityTimeout: 0 });
    const [latest] = await receive();
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: old?.ReceiptHandle }));
    expect(bodies()).toEqual(['x']);
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: latest?.ReceiptHandle }));
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: latest?.ReceiptHandle }));
    expect(bodies()).toEqual([]);
  });

  it('deletes a batch and names the entries that it could not delete', async () => {
    await send('x');
    const [message] = await receive();
    const Entries = [
      { Id: 'good', ReceiptHandle: message?.ReceiptHandle },
      { Id: 'bad', ReceiptHandle: 'nonsense' },
    ];
    const answer = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    expect(answer.Successful).toEqual([{ Id: 'good' }]);
    expect(answer.Failed).toMatchObject([{ Id: 'bad', Code: 'ReceiptHandleIsInvalid', SenderFault: true }]);
    expect(bodies()).toEqual([]);
  });

  it.each(['\u0000', '\u0008', '\u001f', '\ufffe', '\uffff', '\ud800', 'a\udfffb'])(
    'refuses only the entry with %j and accepts the others',
    async (refused) => {
      const Entries = [
        { Id: 'a', MessageBody: 'fine' },
        { Id: 'b', MessageBody: `not ${refused} fine` },
        { Id: 'c', MessageBody: '\t\n\r \ud7ff\ue000\ufffd\u{10000}\u{10ffff}' },
      ];
      const answer = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      expect(answer.Successful?.map((entry) => entry.Id)).toEqual(['a', 'c']);
      expect(answer.Failed).toMatchObject([{ Id: 'b', Code: 'InvalidMessageContents', SenderFault: true }]);
      expect(bodies()).toEqual([Entries[0]?.MessageBody, Entries[2]?.MessageBody]);
      await expect(send(refused)).rejects.toMatchObject({ name: 'InvalidMessageContents' });
    },
  );

  it('refuses only the entry that is too large, and accepts one of exactly the limit', async () => {
    const small = server.createQueue({
      name: 'small',
      maximumMessageSizeBytes: 1_024,
      messageRetentionSeconds: 60,
    });
    const Entries = [
      { Id: 'limit', MessageBody: 'x'.repeat(1_024) },
      { Id: 'over', MessageBody: `${'x'.repeat(1_023)}é` },
    ];
    const answer = await client.send(new SendMessageBatchCommand({ QueueUrl: small.url, Entries }));
    expect(answer.Successful).toMatchObject([{ Id: 'limit' }]);
    expect(answer.Failed).toMatchObject([{ Id: 'over', Code: 'InvalidParameterValue', SenderFault: true }]);
  });

  it.each([
    ['EmptyBatchRequest', []],
    [
      'TooManyEntriesInBatchRequest',
      Array.from({ length: 11 }, (_, index) => ({ Id: `e${index}`, MessageBody: 'x' })),
    ],
    ['BatchEntryIdsNotDistinct', ['same', 'same'].map((Id) => ({ Id, MessageBody: 'x' }))],
    ['InvalidBatchEntryId', [{ Id: 'not.allowed', MessageBody: 'x' }]],
    ['BatchRequestTooLong', ['a', 'b'].map((Id) => ({ Id, MessageBody: 'x'.repeat(524_289) }))],
  ])('refuses a whole batch with %s', async (name, Entries) => {
    await expect(client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))).rejects.toMatchObject({
      name,
    });
    expect(bodies()).toEqual([]);
  });

  it('accepts a batch of exactly 1 MiB', async () => {
    const Entries = ['a', 'b'].map((Id) => ({ Id, MessageBody: 'x'.repeat(524_288) }));
    const answer = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(answer.Successful).toHaveLength(2);
  });

  it('answers 200 with a Failed list for the entries that a test makes fail', async () => {
    server.failSends(({ body }) =>
      body === 'two'
        ? new SqsError({ code: 'InternalError', message: 'try again', senderFault: false })
        : undefined,
    );
    const Entries = ['one', 'two'].map((MessageBody) => ({ Id: MessageBody, MessageBody }));
    const answer = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(answer.Failed).toEqual([
      { Id: 'two', Code: 'InternalError', Message: 'try again', SenderFault: false },
    ]);
    expect(bodies()).toEqual(['one']);
    server.failSends(undefined);
    await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(bodies()).toEqual(['one', 'two']);
    expect(server.count(QueueUrl).messages).toBe(3);
  });

  it('finds a queue by its name and describes it', async () => {
    await send('seen');
    await send('unseen');
    await receive();
    const { QueueUrl: found } = await client.send(new GetQueueUrlCommand({ QueueName: 'dead-letters' }));
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: found, AttributeNames: ['All'] }),
    );
    expect(found).toBe(QueueUrl);
    expect(Attributes).toMatchObject({
      QueueArn: 'arn:aws:sqs:us-east-1:000000000000:dead-letters',
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '1',
      MaximumMessageSize: '1048576',
      MessageRetentionPeriod: '1209600',
    });
  });

  it('peeks without receiving: a later receive is still the first one', async () => {
    await send('x');
    expect([...server.peek(QueueUrl)]).toMatchObject([{ body: 'x', receiveCount: 0 }]);
    expect(await receive({ MessageSystemAttributeNames: ['All'] })).toMatchObject([
      { Attributes: { ApproximateReceiveCount: '1' } },
    ]);
    expect([...server.peek(QueueUrl)]).toMatchObject([{ body: 'x', receiveCount: 1 }]);
  });

  it('peeks at the newest of the messages with the same body, and counts all', async () => {
    for (const body of ['a', 'b', 'a', 'c', 'a', 'c']) await send(body);
    expect(bodies()).toEqual(['b', 'a', 'c']);
    expect(server.peekNewest(QueueUrl, 2)).toMatchObject([{ body: 'c' }, { body: 'a' }]);
    expect(server.count(QueueUrl)).toEqual({ messages: 6, distinctBodies: 3 });
  });

  it('peeks while messages are sent', async () => {
    for (const body of ['a', 'b', 'c']) await send(body);
    const peeked = [];
    for (const { body } of server.peek(QueueUrl)) {
      peeked.push(body);
      await send(`after ${body}`);
      expect(bodies()).toContain(`after ${body}`);
    }
    expect(peeked).toEqual(expect.arrayContaining(['a', 'b', 'c']));
  });

  it('purges its messages', async () => {
    await send('x');
    await client.send(new PurgeQueueCommand({ QueueUrl }));
    expect(bodies()).toEqual([]);
  });

  it('reports a queue or operation that does not exist', async () => {
    const nowhere = QueueUrl.replace('dead-letters', randomUUID());
    await expect(client.send(new GetQueueUrlCommand({ QueueName: 'no' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
    await expect(receive({ QueueUrl: nowhere })).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    await expect(client.send(new ListQueuesCommand({}))).rejects.toMatchObject({
      message: expect.stringContaining('AmazonSQS.ListQueues'),
    });
  });

  it('refuses out-of-range numbers as SQS does', async () => {
    await expect(receive({ MaxNumberOfMessages: 11 })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    await expect(receive({ WaitTimeSeconds: 21 })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  it('refuses requests that a web page could send', async () => {
    const answer = await fetch(server.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', 'x-amz-target': 'AmazonSQS.PurgeQueue' },
      body: JSON.stringify({ QueueUrl }),
    });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});
