/**
 * Connects Node's HTTP server to the API: reads requests, writes responses, and rejects malformed requests.
 */
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { readBody } from '../http-server.ts';
import { problem, type Api, type ApiRequest, type ApiResponse } from './api.ts';

/** The largest body that an HTTP API accepts (HTTP API quotas page). */
const bodyBytesMax = 10 * 1024 * 1024;

export const apiServerOptions: ServerOptions = {
  // Node's parser must accept a very long id, because the API checks its length.
  maxHeaderSize: 512 * 1024,
  // The server itself rejects requests without a Host header.
  requireHostHeader: false,
  // Ends requests whose body never ends.
  requestTimeout: 30_000,
};

/** Time for the sender of a malformed request to read the response. */
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

/** Sends a problem document where Node's server would send its own text or no response. */
export function answerBrokenRequests(server: Server): void {
  const openAnswers = trackOpenAnswers(server);
  const answerInTurn = async (socket: Duplex, answer: ApiResponse): Promise<void> => {
    // Respond to the earlier requests first, or the sender would match this response to one of them.
    await Promise.all(openAnswers(socket));
    answerRaw(socket, answer);
  };
  server.on(
    'clientError',
    (error: NodeJS.ErrnoException, socket) => void answerInTurn(socket, brokenRequest(error.code)),
  );
  server.on('connect', (_request, socket) =>
    answerRaw(socket, problem(405, 'CONNECT is not allowed, because this server is not a proxy.')),
  );
  server.on('checkExpectation', (_request, response) =>
    writeAnswer(response, problem(417, 'This server supports only the expectation 100-continue.')),
  );
}

/** The pending responses of each connection. Each promise resolves when its response is sent or abandoned. */
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
  // Do not destroy the socket now: while request bytes are unread, the sender would get a connection reset
  // instead of the response.
  const timer = setTimeout(() => socket.destroy(), farewellMs);
  socket.once('close', () => clearTimeout(timer));
}
