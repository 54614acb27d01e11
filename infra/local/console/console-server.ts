/** The page of `npm start`: a few static files, the live feed, and the order to recount. On 127.0.0.1 only. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ALL_TIME, parseTimeWindow } from '../../../src/counting/time-window.ts';
import { InputError } from '../replay/input-error.ts';
import { LiveFeed, type LiveSource } from './live-feed.ts';
import { loadPageFiles, securityHeaders } from './page-files.ts';
import { refusalOf } from './refusal.ts';

export interface ConsoleSource extends LiveSource {
  /** Counts anew and compares; its result is in the next snapshots. */
  recount(): Promise<void>;
}

export interface ConsoleServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param port 0 for any free one. @throws {InputError} when the port is taken. */
export async function startConsoleServer(o: {
  readonly port: number;
  readonly source: ConsoleSource;
}): Promise<ConsoleServer> {
  const feed = new LiveFeed(o.source);
  const pages = loadPageFiles();
  let port = o.port;

  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = '', headers } = request;
    request.resume();
    const refusal = refusalOf({ method, headers, port });
    if (refusal) return answer(response, refusal.status, refusal.message);
    const url = new URL(request.url ?? '/', `http://127.0.0.1:${port}`);
    if (method === 'POST') {
      if (url.pathname !== '/recount') return answer(response, 405, 'Method not allowed');
      o.source.recount().catch(() => undefined);
      return answer(response, 202, 'Recounting');
    }
    if (url.pathname === '/events') {
      const window = parseTimeWindow(url.searchParams.get('window') ?? ALL_TIME);
      if (window === undefined)
        return answer(response, 400, 'Unknown window: expected ALL_TIME, AUG_2022 or 20220801');
      response.writeHead(200, { ...securityHeaders, 'content-type': 'text/event-stream' });
      if (method === 'HEAD') response.end();
      else feed.subscribe(response, window);
      return;
    }
    const page = pages.get(url.pathname);
    if (!page) return answer(response, 404, 'Not found');
    response.writeHead(200, { ...securityHeaders, 'content-type': page.contentType });
    response.end(method === 'HEAD' ? undefined : page.body);
  };

  const server = createServer((request, response) => {
    try {
      serve(request, response);
    } catch {
      // The only thing that can fail is the parsing of an absurd URL.
      answer(response, 400, 'Bad request');
    }
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  } catch (cause) {
    feed.close();
    throw listenError(cause as NodeJS.ErrnoException, port);
  }
  port = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${port}/`,
    async stop() {
      feed.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { ...securityHeaders, 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${message}\n`);
}

function listenError(cause: NodeJS.ErrnoException, port: number): Error {
  if (cause.code === 'EADDRINUSE') {
    return new InputError(`Port ${port} is taken; give another --port, or none for a free one.`, { cause });
  }
  if (cause.code === 'EACCES') {
    return new InputError(`Port ${port} needs rights that this process lacks; give one above 1023.`, {
      cause,
    });
  }
  return cause;
}
