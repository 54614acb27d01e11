import { describe, expect, it } from '@jest/globals';
import type { InvocationOutcome } from '../../infra/local/emulator/function/invocation.ts';
import { apiAnswer } from '../../infra/local/emulator/http-api/api-answer.ts';
import { apiEvent } from '../../infra/local/emulator/http-api/api-event.ts';
import type { ApiRequest } from '../../infra/local/emulator/http-api/api.ts';
import { createLocalApi } from '../../infra/local/emulator/http-api/local-api.ts';

const settings = {
  apiId: 'abc',
  accountId: '000000000000',
  domainName: 'abc.execute-api.us-east-1.amazonaws.com',
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:api',
  timeoutMs: 30_000,
};
const nowMs = Date.UTC(2022, 7, 1, 9, 3, 58, 250);

function requestFor(changes: Partial<ApiRequest>): ApiRequest {
  return { method: 'GET', target: '/', headers: {}, body: Buffer.alloc(0), ...changes };
}

function eventFor(changes: Partial<ApiRequest>) {
  return apiEvent(requestFor(changes), { settings, nowMs });
}

describe('a request as an event of an HTTP API', () => {
  it('has every field of payload format 2.0', () => {
    const event = eventFor({
      method: 'PUT',
      target: '/users/u%201/favourites/r?a=1&b=2&a=%33',
      headers: {
        'user-agent': 'curl',
        'x-two': 'a,b',
        cookie: 'a=1; b=2',
        'content-type': 'application/json',
      },
      body: Buffer.from('{}'),
    });

    expect(event).toEqual({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/users/u 1/favourites/r',
      rawQueryString: 'a=1&b=2&a=%33',
      cookies: ['a=1', 'b=2'],
      headers: { 'user-agent': 'curl', 'x-two': 'a,b', 'content-type': 'application/json' },
      queryStringParameters: { a: '1,3', b: '2' },
      requestContext: {
        accountId: '000000000000',
        apiId: 'abc',
        domainName: 'abc.execute-api.us-east-1.amazonaws.com',
        domainPrefix: 'abc',
        http: {
          method: 'PUT',
          path: '/users/u 1/favourites/r',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'curl',
        },
        requestId: expect.any(String),
        routeKey: '$default',
        stage: '$default',
        time: '01/Aug/2022:09:03:58 +0000',
        timeEpoch: nowMs,
      },
      body: '{}',
      isBase64Encoded: false,
    });
  });

  it('leaves out empty fields', () => {
    const event = eventFor({ target: '/restaurants?' });

    expect(event).toMatchObject({ rawPath: '/restaurants', rawQueryString: '', isBase64Encoded: false });
    for (const name of ['cookies', 'queryStringParameters', 'body', 'pathParameters']) {
      expect(event).not.toHaveProperty(name);
    }
  });

  it.each<[string, string]>([
    ['/a%2Fb', '/a/b'],
    ['/100%25', '/100%'],
    ['/a%252Fb', '/a%2Fb'],
    ['/caf%C3%A9', '/café'],
    ['/a+b', '/a+b'],
    ['//a/../b/.', '//a/../b/.'],
    ['/a%00b%0d%0a', '/a\0b\r\n'],
    ['/a;b=c#d', '/a;b=c#d'],
  ])('decodes the path %j once: %j', (target, rawPath) => {
    expect(eventFor({ target })?.['rawPath']).toBe(rawPath);
  });

  it.each(['/100%', '/%zz', '/%ff', '/%c3', '/%ed%a0%80', '*', '', 'http://elsewhere/a', '/a b', '/café'])(
    'is not created for the malformed target %j',
    (target) => {
      expect(eventFor({ target })).toBeUndefined();
    },
  );

  it('ends the path at the first question mark, and passes the query on unchanged', () => {
    expect(eventFor({ target: '/a?b=%&c=%zz?d#e' })).toMatchObject({
      rawPath: '/a',
      rawQueryString: 'b=%&c=%zz?d#e',
    });
  });

  it.each<[string | undefined, string]>([
    ['application/octet-stream', 'binary'],
    ['application/x-www-form-urlencoded', 'binary'],
    [undefined, 'binary'],
    ['text/plain', 'text'],
    ['application/json; charset=utf-8', 'text'],
  ])('passes a body of type %s as %s', (contentType, form) => {
    const body = Buffer.from('é');
    const event = eventFor({
      body,
      headers: contentType === undefined ? {} : { 'content-type': contentType },
    });

    expect(event).toMatchObject(
      form === 'text'
        ? { body: 'é', isBase64Encoded: false }
        : { body: body.toString('base64'), isBase64Encoded: true },
    );
  });
});

describe('the response of an HTTP API', () => {
  const answer = (payload: unknown) => apiAnswer({ kind: 'answer', payload, durationMs: 1, cpuMs: 1 });

  it('is the response that the function returned', () => {
    const payload = { statusCode: 201, headers: { 'Content-Type': 'text/plain', 'X-Count': 3 }, body: 'é' };

    expect(answer(payload)).toEqual({
      status: 201,
      headers: { 'content-type': 'text/plain', 'x-count': '3' },
      body: Buffer.from('é'),
    });
    expect(answer({ statusCode: 204 })).toEqual({ status: 204, headers: {}, body: Buffer.alloc(0) });
    expect(answer({ statusCode: 200, body: 'w6k=', isBase64Encoded: true }).body.toString()).toBe('é');
  });

  it('is the whole payload as JSON when the payload has no status', () => {
    expect(answer({ a: 1 })).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from('{"a":1}'),
    });
    expect(answer(null).body.toString()).toBe('null');
  });

  it.each<[string, InvocationOutcome]>([
    ['threw', { kind: 'error', errorType: 'TypeError', errorMessage: 'secret' }],
    ['timed out', { kind: 'timeout' }],
    ['crashed', { kind: 'crash' }],
    [
      'returned an invalid status',
      { kind: 'answer', payload: { statusCode: '200' }, durationMs: 1, cpuMs: 1 },
    ],
    [
      'returned an invalid body',
      { kind: 'answer', payload: { statusCode: 200, body: {} }, durationMs: 1, cpuMs: 1 },
    ],
  ])('is API Gateway’s own error when the function %s', (_, outcome) => {
    const { status, body } = apiAnswer(outcome);

    expect({ status, body: body.toString() }).toEqual({
      status: 500,
      body: '{"message":"Internal Server Error"}',
    });
  });
});

describe('the HTTP API of a local run', () => {
  it('responds to a malformed path without invoking the function', async () => {
    const api = createLocalApi({ settings, invoke: () => Promise.reject(new Error('It was invoked')) });

    const { status, headers, body } = await api(requestFor({ target: '/users/%E0%A4%A' }));

    expect({ status, type: headers['content-type'] }).toEqual({
      status: 400,
      type: 'application/problem+json',
    });
    expect(JSON.parse(body.toString())).toMatchObject({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
    });
  });

  it('responds that the body is too large when the event exceeds Lambda’s limit', async () => {
    const tooLarge = {
      kind: 'error',
      errorType: 'RequestEntityTooLargeException',
      errorMessage: '',
    } as const;
    const api = createLocalApi({ settings, invoke: () => Promise.resolve(tooLarge) });

    expect((await api(requestFor({ body: Buffer.alloc(1) }))).status).toBe(413);
  });

  it('does not wait longer than the integration timeout', async () => {
    const api = createLocalApi({
      settings: { ...settings, timeoutMs: 1 },
      invoke: () => new Promise(() => {}),
    });

    expect((await api(requestFor({}))).status).toBe(503);
  });

  it('invokes at most eight at once, and handles every request in the end', async () => {
    let running = 0;
    let most = 0;
    const api = createLocalApi({
      settings,
      invoke: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return { kind: 'answer', payload: { statusCode: 204 }, durationMs: 0, cpuMs: 0 };
      },
    });

    const answers = await Promise.all(Array.from({ length: 30 }, () => api(requestFor({}))));

    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 204));
    expect(most).toBe(8);
  });
});
