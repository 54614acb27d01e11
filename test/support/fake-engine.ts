import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server with just enough of DynamoDB's protocol to count requests. */
export interface FakeEngine {
  readonly endpoint: string;
  /** Operations in order of arrival, with the token of each transaction. */
  readonly arrived: readonly { readonly operation: string; readonly token: string | undefined }[];
  /** Sets the response to later requests. The default is 200 and {}. */
  answerWith(answer: { readonly status: number; readonly body: string } | 'break-off'): void;
  stop(): Promise<void>;
}

export async function startFakeEngine(): Promise<FakeEngine> {
  const arrived: { readonly operation: string; readonly token: string | undefined }[] = [];
  let answer: { readonly status: number; readonly body: string } | 'break-off' = { status: 200, body: '{}' };
  const server: Server = createServer((from, to) => {
    const chunks: Buffer[] = [];
    from.on('data', (chunk: Buffer) => chunks.push(chunk));
    from.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { readonly ClientRequestToken?: string };
      const operation = String(from.headers['x-amz-target']).split('.')[1] ?? '';
      arrived.push({ operation, token: body.ClientRequestToken });
      if (answer === 'break-off') {
        from.socket.destroy();
        return;
      }
      to.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
      to.end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    answerWith: (next) => {
      answer = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
