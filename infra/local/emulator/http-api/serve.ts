/** Between Node's HTTP server and the API: reads requests, writes answers, and answers what is not HTTP. */
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { readBody } from '../http-server.ts';
import { problem, type Api, type ApiRequest, type ApiResponse } from './api.ts';

/** HTTP API's limit for a body. HTTP API quotas page. */
const bodyBytesMax = 10 * 1024 * 1024;

/** For `createServer`. */
export const apiServerOptions: ServerOptions = {
  // An absurdly long id reaches the API, which knows its limits, instead of failing in Node's parser.
  maxHeaderSize: 512 * 1024,
  // The caller checks the host, and refuses a request without one.
  requireHostHeader: false,
  // For a body that never ends.
  requestTimeout: 30_000,
};

/** How long the sender of a broken request may take to read the answer. */
const farewellMs = 2_000;

/** Serves one request of the API. Never rejects. */
export async function serveApi(api: Api, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await readBody(request, bodyBytesMax);
    if (body === undefined) {
      return writeAnswer(response, problem(413, 'The body is too large: send at most 10 MiB.'));
    }
    writeAnswer(response, await api(apiRequest(request, body)));
  } catch {
    // The sender went away in the middle of its body.
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

export function writeAnswer(response: ServerResponse, { status, headers, body }: ApiResponse): void {
  const hasBody = status !== 204 && status !== 304;
  response.writeHead(status, { ...headers, ...(hasBody && { 'content-length': body.length }) });
  response.end(hasBody ? body : undefined);
}

/** Answers with problem documents where Node's server would answer in its own words, or not at all. */
export function answerBrokenRequests(server: Server): void {
  const openAnswers = trackOpenAnswers(server);
  const answerInTurn = async (socket: Duplex, answer: ApiResponse): Promise<void> => {
    // Requests before the broken one are answered first, or the sender would take this answer for theirs.
    await Promise.all(openAnswers(socket));
    answerRaw(socket, answer);
  };
  server.on(
    'clientError',
    (error: NodeJS.ErrnoException, socket) => void answerInTurn(socket, brokenRequest(error.code)),
  );
  server.on('connect', (_request, socket) =>
    answerRaw(socket, problem(405, 'CONNECT is not allowed: this server is not a proxy.')),
  );
  server.on('checkExpectation', (_request, response) =>
    writeAnswer(response, problem(417, 'The only expectation that this server supports is 100-continue.')),
  );
}

/** The answers that a connection still waits for; each resolves when it was sent or given up. */
function trackOpenAnswers(server: Server): (socket: Duplex) => readonly Promise<void>[] {
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
      return problem(400, 'This is not an HTTP/1.1 request.');
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
  // Not destroyed at once: unread bytes of the request would turn the answer into a reset.
  const timer = setTimeout(() => socket.destroy(), farewellMs);
  socket.once('close', () => clearTimeout(timer));
}
