import { describe, expect, it } from '@jest/globals';
import { EventEmitter, on, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Child } from '../bench/contenders/child-process.ts';
import { tsx } from '../bench/contenders/processes.ts';
import type { RelayRequest } from '../bench/contenders/relay.ts';

/** Two clients send this transaction through the relay. */
const body = JSON.stringify({ TransactItems: [{ Delete: { TableName: 'T', Key: { pk: { S: 'viral' } } } }] });
const request =
  'POST / HTTP/1.1\r\nx-amz-target: DynamoDB_20120810.TransactWriteItems\r\n' +
  `content-length: ${body.length}\r\n\r\n${body}`;

describe('the relay', () => {
  it('refuses a transaction on an item of another one, until the client of that one gives up', async () => {
    await using stack = new AsyncDisposableStack();
    const { enginePort, requests } = await silentEngine(stack);
    const relay = stack.use(
      new Child<RelayRequest>(join(import.meta.dirname, '../bench/contenders/relay.ts'), {
        execArgv: tsx,
        env: process.env,
      }),
    );
    const route = { name: 'ours', enginePort, delayMs: 0, hasConflicts: true };
    const { port } = await relay.ask<{ readonly port: number }>({ kind: 'open', route });
    const client = (): Socket => {
      const socket = connect(port, '127.0.0.1');
      stack.defer(() => void socket.destroy());
      return socket;
    };

    const first = client();
    first.write(request);
    const [engineSocket] = (await requests.next()).value as [Socket];
    const second = client();
    second.write(request);
    const [refusal] = (await once(second, 'data')) as [Buffer];
    expect(refusal.toString()).toContain('"Code":"TransactionConflict"');

    const closed = once(engineSocket, 'close');
    first.destroy();
    await closed;
    const third = client();
    third.write(request);
    const refused = once(third, 'data').then(() => 'refused');
    await expect(Promise.race([requests.next(), refused])).resolves.toMatchObject({ done: false });
  });
});

/** Gives the connections on which a request has arrived, and never answers. */
async function silentEngine(stack: AsyncDisposableStack) {
  const arrivals = new EventEmitter();
  const server = createServer((socket) => {
    stack.defer(() => void socket.destroy());
    socket.on('error', () => undefined).once('data', () => arrivals.emit('request', socket));
  }).listen(0, '127.0.0.1');
  stack.defer(() => void server.close());
  await once(server, 'listening');
  const requests = on(arrivals, 'request') as AsyncIterableIterator<[Socket]>;
  return { enginePort: (server.address() as AddressInfo).port, requests };
}
