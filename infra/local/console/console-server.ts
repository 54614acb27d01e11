/**
 * The one HTTP server of `npm start`, on 127.0.0.1 only: the console's page at `/`, all that belongs to it under
 * `/console/`, and on every other path the API.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Api } from '../emulator/http-api/api.ts';
import { answerBrokenRequests, apiServerOptions, serveApi } from '../emulator/http-api/serve.ts';
import { InputError } from '../replay/input-error.ts';
import { type ConsoleSource, serveConsole } from './console-routes.ts';
import { LiveFeed } from './live-feed.ts';
import { loadPageFiles } from './page-files.ts';
import { answerProblem, ProblemError } from './problem.ts';
import { refusalOf } from './refusal.ts';

export interface ConsoleServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param port 0 for any free one. @throws {InputError} when the port is taken. */
export async function startConsoleServer(o: {
  readonly port: number;
  readonly source: ConsoleSource;
  readonly api: Api;
}): Promise<ConsoleServer> {
  const feed = new LiveFeed(o.source);
  const pages = loadPageFiles();
  let port = o.port;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refusal = refusalOf({ headers: request.headers, port });
    if (refusal) return answerProblem(response, refusal);
    // Not through URL, which would tidy up a path that the API has to see as it came.
    const target = request.url ?? '/';
    const [path = ''] = target.split('?', 1);
    if (path === '/' || path.startsWith('/console/')) {
      const query = new URLSearchParams(target.slice(path.length));
      return serveConsole({ request, response, path, query, source: o.source, feed, pages });
    }
    return serveApi(o.api, request, response);
  };

  const server = createServer(apiServerOptions, (request, response) => {
    serve(request, response)
      .catch((error: unknown) =>
        answerProblem(
          response,
          error instanceof ProblemError ? error.refused : { status: 500, message: 'This failed here' },
        ),
      )
      // A body that nobody asked for would keep the connection from its next request.
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
    return new InputError(`Port ${port} is taken; give another --port, or none for a free one.`, { cause });
  }
  if (cause.code === 'EACCES') {
    return new InputError(`Port ${port} needs rights that this process lacks; give one above 1023.`, {
      cause,
    });
  }
  return cause;
}
