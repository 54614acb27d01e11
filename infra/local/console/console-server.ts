/**
 * The HTTP server of `npm start`, on 127.0.0.1 only: the console's page at `/`, everything else of the
 * console under `/console/`, and the API at every other path.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Api } from '../emulator/http-api/api.ts';
import { answerBrokenRequests, apiServerOptions, serveApi } from '../emulator/http-api/serve.ts';
import { InputError } from '../../command-line/input-error.ts';
import { consoleRoutes, type ConsoleSource } from './console-routes.ts';
import { LiveFeed } from './live-feed.ts';
import { answerProblem, refusalOf } from './problem.ts';

export interface ConsoleServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param wantedPort 0 means any free port. @throws {InputError} when the port is taken */
export async function startConsoleServer(
  wantedPort: number,
  source: ConsoleSource & { readonly api: Api },
): Promise<ConsoleServer> {
  const feed = new LiveFeed(source);
  const serveConsole = consoleRoutes(source, feed);
  let port = wantedPort;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refusal = refusalOf(request.headers, port);
    if (refusal) throw refusal;
    // Do not use URL, which normalizes the path: the API must get the original path.
    const target = request.url ?? '/';
    const [path = ''] = target.split('?', 1);
    if (path !== '/' && !path.startsWith('/console/')) return serveApi(source.api, request, response);
    const query = new URLSearchParams(target.slice(path.length));
    return serveConsole(path, { request, response, query });
  };
  const server = createServer(apiServerOptions, (request, response) => {
    serve(request, response)
      .catch((error: unknown) => answerProblem(response, error))
      // Read the whole body, because unread bytes would block the next request of the connection.
      .finally(() => request.resume());
  });
  answerBrokenRequests(server);
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

function listenError(cause: NodeJS.ErrnoException, port: number): Error {
  if (cause.code === 'EADDRINUSE') {
    return new InputError(
      `Port ${port} is taken; give another --port, or leave it out to use any free one.`,
      { cause },
    );
  }
  if (cause.code === 'EACCES') {
    return new InputError(`Port ${port} needs privileges that you do not have; give one above 1023.`, {
      cause,
    });
  }
  return cause;
}
