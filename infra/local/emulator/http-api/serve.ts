/** Between Node's HTTP server and the API: reads a request, writes an answer, and answers what is no HTTP. */
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Api, ApiRequest, ApiResponse } from './api.ts';
import { problem } from './api.ts';

/** HTTP API's limit for a body. HTTP API quotas page. */
const bodyBytesMax = 10 * 1024 * 1024;

/** For `createServer`. */
export const apiServerOptions: ServerOptions = {
  // So that an absurdly long id is answered by who knows what an id is, not by the parser of HTTP.
  maxHeaderSize: 512 * 1024,
  // Without one a request is as foreign as with another's, and refused like it.
  requireHostHeader: false,
  // A body that never ends holds nothing up for longer.
  requestTimeout: 30_000,
};

/** How long who sent what is no HTTP may take to read the answer. */
const farewellMs = 2_000;

/** Serves one request of the API. Never rejects. */
export async function serveApi(api: Api, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await readBody(request, bodyBytesMax);
    if (body === undefined) {
      return writeAnswer(
        response,
        problem(413, 'The body is too large: expected none, or an empty JSON object.'),
      );
    }
    writeAnswer(response, await api(apiRequest(request, body)));
  } catch {
    // The sender went away in the middle of its body: nobody reads an answer.
    response.destroy();
  }
}

function apiRequest(request: IncomingMessage, body: Buffer): ApiRequest {
  const headers = Object.entries(request.headersDistinct).map(([name, values = []]) => [
    name,
    values.join(','),
  ]);
  return {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    headers: Object.fromEntries(headers) as Record<string, string>,
    body,
  };
}

/** Undefined when it is too large; it is read to its end all the same, or its sender would not read the answer. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= bytesMax) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes <= bytesMax ? Buffer.concat(chunks) : undefined;
}

export function writeAnswer(response: ServerResponse, { status, headers, body }: ApiResponse): void {
  const hasBody = status !== 204 && status !== 304;
  response.writeHead(status, { ...headers, ...(hasBody && { 'content-length': body.length }) });
  response.end(hasBody ? body : undefined);
}

/** Answers by problem documents what Node's server would answer in words of its own, or not at all. */
export function answerBrokenRequests(server: Server): void {
  const owed = rememberOwedAnswers(server);
  const answerInTurn = async (socket: Duplex, answer: ApiResponse): Promise<void> => {
    // What came whole before the broken part is answered first, or its sender would take this answer for its own.
    await Promise.all(owed(socket));
    answerRaw(socket, answer);
  };
  server.on(
    'clientError',
    (error: NodeJS.ErrnoException, socket) => void answerInTurn(socket, brokenRequest(error.code)),
  );
  server.on('connect', (_request, socket) =>
    answerRaw(socket, problem(405, 'This server is no proxy: CONNECT is not allowed.')),
  );
  server.on('checkExpectation', (_request, response) =>
    writeAnswer(response, problem(417, 'This server knows no expectation but 100-continue.')),
  );
}

/** The answers to whole requests that a connection still waits for, each over when it was sent or given up. */
function rememberOwedAnswers(server: Server): (socket: Duplex) => readonly Promise<void>[] {
  const exchanges = new WeakMap<Duplex, Map<IncomingMessage, Promise<void>>>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const open = exchanges.get(request.socket) ?? new Map<IncomingMessage, Promise<void>>();
    exchanges.set(request.socket, open);
    const over = new Promise<void>((resolve) => {
      response.once('close', () => {
        open.delete(request);
        resolve();
      });
    });
    open.set(request, over);
  });
  return (socket) =>
    [...(exchanges.get(socket) ?? [])].filter(([{ complete }]) => complete).map(([, over]) => over);
}

function brokenRequest(code: string | undefined): ApiResponse {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return problem(431, 'The request line and the headers are too large.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return problem(408, 'The request did not arrive in time.');
    default:
      return problem(400, 'This is no request of HTTP/1.1.');
  }
}

function answerRaw(socket: Duplex, answer: ApiResponse): void {
  if (!socket.writable) return;
  const headers = { ...answer.headers, 'content-length': answer.body.length, connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => {});
  const title = (JSON.parse(answer.body.toString()) as { title: string }).title;
  socket.end(
    Buffer.concat([Buffer.from(`HTTP/1.1 ${answer.status} ${title}\r\n${lines.join('')}\r\n`), answer.body]),
  );
  // Not destroyed at once: what was sent and not yet read would turn the answer into a reset.
  const timer = setTimeout(() => socket.destroy(), farewellMs);
  socket.once('close', () => clearTimeout(timer));
}
