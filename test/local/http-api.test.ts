import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApiRequest } from '../../infra/local/emulator/http-api/api.ts';
import {
  answerBrokenRequests,
  apiServerOptions,
  serveApi,
} from '../../infra/local/emulator/http-api/serve.ts';
import { receiveAll, send, sendRaw, type RawAnswer } from '../support/raw-http.ts';

let server: Server;
let port: number;
let requests: ApiRequest[] = [];

beforeAll(async () => {
  server = createServer(apiServerOptions, (request, response) => {
    void serveApi(
      async (asked) => {
        requests.push(asked);
        return { status: 200, headers: { 'content-type': 'text/plain' }, body: Buffer.from('hello') };
      },
      request,
      response,
    );
  });
  answerBrokenRequests(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function expectProblem(answer: RawAnswer, status: number): void {
  expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/problem+json' } });
  expect(JSON.parse(answer.body)).toMatchObject({ type: 'about:blank', status, detail: expect.any(String) });
}

describe('the HTTP server of the API', () => {
  it('passes each request on exactly as sent', async () => {
    requests = [];

    const answer = await send(port, {
      method: 'DELETE',
      target: '//a/../b%2Fc?x=%zz',
      headers: { 'X-Name': 'value' },
      body: 'bytes\0',
    });

    expect(answer).toMatchObject({ status: 200, headers: { 'content-length': '5' }, body: 'hello' });
    expect(requests).toEqual([
      {
        method: 'DELETE',
        target: '//a/../b%2Fc?x=%zz',
        headers: { host: `127.0.0.1:${port}`, 'content-length': '6', 'x-name': 'value' },
        body: Buffer.from('bytes\0'),
      },
    ]);
  });

  it('passes on an id of 100 KB, and a request without a Host', async () => {
    requests = [];

    await send(port, { target: `/${'a'.repeat(100_000)}` });
    await sendRaw(port, 'GET /no-host HTTP/1.1\r\n\r\n');

    expect(requests.map(({ target }) => target.length)).toEqual([100_001, 8]);
  });

  it('answers HEAD without a body', async () => {
    expect(await send(port, { method: 'HEAD', target: '/' })).toMatchObject({
      status: 200,
      headers: { 'content-length': '5' },
      body: '',
    });
  });

  it('refuses a body above 10 MB', async () => {
    const body = Buffer.alloc(10 * 1024 * 1024 + 1, 'a');

    expectProblem(await send(port, { method: 'PUT', target: '/', body }), 413);
  });

  it('answers a valid request first, and then the malformed bytes after it', async () => {
    requests = [];

    const answers = await receiveAll(port, `PUT /good HTTP/1.1\r\nhost: a\r\n\r\nno HTTP\r\n\r\n`);

    expect(requests.map(({ target }) => target)).toEqual(['/good']);
    expect([...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '400']);
  });

  it.each<[string, string, number]>([
    ['bytes that are not HTTP', 'hello\r\n\r\n', 400],
    ['an unknown method', 'FOO / HTTP/1.1\r\nhost: a\r\n\r\n', 400],
    ['a broken header', 'GET / HTTP/1.1\r\nno colon\r\n\r\n', 400],
    ['two Content-Length headers', 'PUT / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 400],
    [
      'both Content-Length and chunked encoding',
      'PUT / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a CONNECT request', 'CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n', 405],
    ['an unknown Expect header', 'GET / HTTP/1.1\r\nhost: a\r\nexpect: the-unexpected\r\n\r\n', 417],
    ['a request target of 1 MB', `GET /${'a'.repeat(1_000_000)} HTTP/1.1\r\nhost: a\r\n\r\n`, 431],
  ])('answers %s with a problem document', async (_, bytes, status) => {
    expectProblem(await sendRaw(port, bytes), status);
  });
});
