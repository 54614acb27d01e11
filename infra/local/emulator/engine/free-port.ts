import { createServer } from 'node:net';

/** A port of 127.0.0.1 that was free a moment ago. Another process may take it first: whoever uses it must be ready to ask again. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string')
    throw new Error(`No port on 127.0.0.1, got ${address}`);
  return address.port;
}
