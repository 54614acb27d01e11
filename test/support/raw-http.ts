/**
 * HTTP as bytes on a socket: sends requests that a correct client cannot send, and returns the raw response.
 */
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Values by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @throws when the server closes without a response, or sends nothing for ten seconds */
export async function sendRaw(port: number, bytes: string | Buffer): Promise<RawAnswer> {
  const received = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1' });
    socket.setTimeout(10_000, () => socket.destroy(new Error('The server sent nothing for 10 s')));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      // Do not wait for the server to close: it keeps some connections open after the response.
      if (isComplete(Buffer.concat(chunks), bytes)) socket.end();
    });
    socket.on('close', () => resolve(Buffer.concat(chunks)));
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  });
  return parseAnswer(received);
}

/** Returns everything that the server sends before it closes the connection. */
export async function receiveAll(port: number, bytes: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.setTimeout(10_000, () => socket.destroy(new Error('The server sent nothing for 10 s')));
  socket.write(Buffer.from(bytes, 'latin1'));
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

export interface PlainRequest {
  readonly method?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Sends the target unchanged; `fetch` would normalize it. */
export function send(port: number, options: PlainRequest): Promise<RawAnswer> {
  const { method = 'GET', target, headers = {}, body = '' } = options;
  const bytes = Buffer.from(body);
  const all = {
    host: `127.0.0.1:${port}`,
    ...(bytes.length > 0 && { 'content-length': String(bytes.length) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  return sendRaw(port, Buffer.concat([head, bytes]));
}

function headEnd(received: Buffer): number {
  return received.indexOf('\r\n\r\n');
}

function isComplete(received: Buffer, sent: string | Buffer): boolean {
  if (headEnd(received) === -1) return false;
  const { status, headers } = parseAnswer(received);
  // The response to HEAD has the Content-Length of a body that is not sent.
  if (status === 204 || status === 304 || String(sent.slice(0, 5)) === 'HEAD ') return true;
  const length = headers['content-length'];
  return length !== undefined && received.length >= headEnd(received) + 4 + Number(length);
}

function parseAnswer(received: Buffer): RawAnswer {
  const end = headEnd(received);
  if (end === -1)
    throw new Error(`The server closed without a complete response, after ${received.length} bytes`);
  const [statusLine = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(headers),
    body: received.subarray(end + 4).toString('utf8'),
  };
}
