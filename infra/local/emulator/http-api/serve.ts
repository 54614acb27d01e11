/** Connects Node's HTTP server to the API: reads requests, writes responses, and rejects what is not HTTP. */
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { readBody } from '../http-server.ts';
import { problem, type Api, type ApiRequest, type ApiResponse } from './api.ts';

/** The largest body that an HTTP API accepts (HTTP API quotas page). */
const bodyBytesMax = 10 * 1024 * 1024;

export const apiServerOptions: ServerOptions = {
  // Let a very long id reach the API, which checks its length, instead of failing in Node's parser.
  maxHeaderSize: 512 * 1024,
  // The caller checks the host, and rejects a request without one.
  requireHostHeader: false,
  // Ends a request whose body never ends.
  requestTimeout: 30_000,
};

/** How long the sender of a malformed request has to read the response. */
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
    // The sender disconnected before its body was complete.
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

/** Sends problem documents where Node's server would send its own text, or nothing. */
export function answerBrokenRequests(server: Server): void {
  const openAnswers = trackOpenAnswers(server);
  const answerInTurn = async (socket: Duplex, answer: ApiResponse): Promise<void> => {
    // Answer the earlier requests first, or the sender would take this response for one of theirs.
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

/** The responses that a connection still waits for. Each resolves when it is sent or abandoned. */
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
  // Do not destroy it at once: with request bytes unread, the sender would get a reset and no response.
  const timer = setTimeout(() => socket.destroy(), farewellMs);
  socket.once('close', () => clearTimeout(timer));
}
