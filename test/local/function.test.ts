import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnvironmentHandle } from '../../infra/local/emulator/function/invocation.ts';
import {
  LocalFunction,
  type LocalFunctionOptions,
} from '../../infra/local/emulator/function/local-function.ts';
import { objectOrEmpty } from '../../infra/local/emulator/json.ts';

describe('a local function', () => {
  let directory: string;
  const started: LocalFunction[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'local-function-'));
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((fn) => fn.stop()));
    await rm(directory, { recursive: true, force: true });
  });

  const functionOf = async (
    source: string,
    options: Partial<LocalFunctionOptions> & { readonly timeoutMs?: number } = {},
  ): Promise<LocalFunction> => {
    await writeFile(join(directory, 'index.js'), source);
    return functionInDirectory(options);
  };
  const functionInDirectory = ({
    timeoutMs = 30_000,
    ...options
  }: Partial<LocalFunctionOptions> & { readonly timeoutMs?: number } = {}): LocalFunction => {
    const fn = new LocalFunction({
      settings: {
        name: 'fixture',
        arn: 'arn:aws:lambda:eu-west-1:123456789012:function:fixture',
        bundleDirectory: directory,
        handler: 'index.handler',
        timeoutMs,
        memorySizeMb: 256,
        region: 'eu-west-1',
        variables: { GREETING: 'hello' },
      },
      ...options,
    });
    started.push(fn);
    return fn;
  };

  it('passes the event as JSON and returns the answer as JSON', async () => {
    const fn = await functionOf('exports.handler = async (event) => ({ event, absent: undefined });');

    const outcome = await fn.invoke([{ id: 1, absent: undefined, at: new Date(0) }]);

    expect(outcome).toMatchObject({
      kind: 'answer',
      payload: { event: [{ id: 1, at: '1970-01-01T00:00:00.000Z' }] },
    });
  });

  it('answers null when the handler returns nothing', async () => {
    const fn = await functionOf('exports.handler = async () => {};');

    expect(await fn.invoke({})).toMatchObject({ kind: 'answer', payload: null });
  });

  it('measures the worker’s wall-clock time and CPU time', async () => {
    const fn = await functionOf(
      'exports.handler = async () => { let n = 0; for (let i = 0; i < 5e7; i += 1) n += i; return n; };',
    );

    const outcome = await fn.invoke({});

    expect(outcome).toMatchObject({ kind: 'answer' });
    if (outcome.kind !== 'answer') return;
    expect(outcome.durationMs).toBeGreaterThan(0);
    expect(outcome.cpuMs).toBeGreaterThan(0);
  });

  it('gives the handler exactly the environment variables of the template and the runtime', async () => {
    const fn = await functionOf('exports.handler = async () => process.env;', {
      prepareEnvironment: async () => ({
        variables: { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' },
        release: async () => {},
      }),
    });

    const outcome = await fn.invoke({});

    if (outcome.kind !== 'answer') throw new Error(JSON.stringify(outcome));
    const variables = objectOrEmpty(outcome.payload);
    expect(variables).toMatchObject({
      GREETING: 'hello',
      AWS_REGION: 'eu-west-1',
      AWS_LAMBDA_FUNCTION_NAME: 'fixture',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1',
    });
    expect(
      Object.keys(variables).filter((name) => !/^(?:_HANDLER|AWS_\w+|LAMBDA_TASK_ROOT|LANG|TZ)$/.test(name)),
    ).toEqual(['GREETING']);
  });

  it('gives the handler its request id and the remaining time', async () => {
    const fn = await functionOf(
      `exports.handler = async (_, { awsRequestId: id, getRemainingTimeInMillis }) =>
         ({ id, leftMs: getRemainingTimeInMillis() });`,
    );

    const [first, second] = [await fn.invoke({}), await fn.invoke({})];

    if (first.kind !== 'answer' || second.kind !== 'answer') throw new Error('no answer');
    const { id, leftMs } = objectOrEmpty(first.payload);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(second.payload).not.toHaveProperty('id', id);
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(30_000);
  });

  it('passes on every line in order and before the answer, however it was written', async () => {
    const lines: string[] = [];
    const fn = await functionOf(
      `const own = new (require('node:console').Console)({ stdout: process.stdout, stderr: process.stderr });
       exports.handler = async () => {
         for (let i = 0; i < 500; i += 1) {
           console.log('log', i);
           own.log('own', i);
           process.stdout.write('wri');
           process.stdout.write('te ' + i + '\\n');
         }
         console.error('problem');
         process.stdout.write('unfinished');
       };`,
      { onLogLine: (name, line) => lines.push(`${name}: ${line}`) },
    );

    await fn.invoke({});

    const expected = Array.from({ length: 500 }, (_, i) => [`log ${i}`, `own ${i}`, `write ${i}`]).flat();
    expect(lines).toEqual([...expected, 'problem', 'unfinished'].map((line) => `fixture: ${line}`));
  });

  it('passes on the logs and metrics of Powertools before the answer', async () => {
    const lines: string[] = [];
    await build({
      stdin: {
        contents: `
          import { Logger } from '@aws-lambda-powertools/logger';
          import { Metrics } from '@aws-lambda-powertools/metrics';
          const logger = new Logger({ serviceName: 'fixture' });
          const metrics = new Metrics({ namespace: 'Fixture', serviceName: 'fixture' });
          export const handler = async () => {
            logger.info('begun');
            metrics.addMetric('RecordsReceived', 'Count', 3);
            metrics.publishStoredMetrics();
          };`,
        resolveDir: import.meta.dirname,
      },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      mainFields: ['module', 'main'],
      outfile: join(directory, 'index.js'),
    });
    const fn = functionInDirectory({ onLogLine: (_, line) => lines.push(line) });

    await fn.invoke({});

    const entries = lines.map((line): unknown => JSON.parse(line));
    expect(entries).toHaveLength(2);
    expect(entries[0]).toMatchObject({ level: 'INFO', message: 'begun' });
    expect(entries[1]).toMatchObject({ RecordsReceived: 3, _aws: { CloudWatchMetrics: [{}] } });
  });

  it('reports the handler’s error, and reuses the same environment', async () => {
    const fn = await functionOf(
      `let calls = 0;
       exports.handler = async () => {
         calls += 1;
         if (calls === 1) throw new TypeError('not today');
         return calls;
       };`,
    );

    expect(await fn.invoke({})).toEqual({ kind: 'error', errorType: 'TypeError', errorMessage: 'not today' });
    expect(await fn.invoke({})).toMatchObject({ kind: 'answer', payload: 2 });
  });

  it.each([
    ['a bundle that does not load', `throw new RangeError('bad settings');`, 'RangeError', 'bad settings'],
    ['a handler that is not there', 'exports.other = 1;', 'Runtime.HandlerNotFound', 'index.handler'],
    ['a runtime that exits', 'exports.handler = () => process.exit(3);', 'Runtime.ExitError', 'status 3'],
    [
      'an error outside of the handler’s promise',
      `exports.handler = () => new Promise(() => setImmediate(() => { throw new SyntaxError('stray'); }));`,
      'SyntaxError',
      'stray',
    ],
    [
      'a handler that runs out of memory',
      `const all = [];
       exports.handler = async () => { for (;;) all.push(new Array(1e5).fill({}).map((_, i) => ({ i }))); };`,
      'Runtime.OutOfMemory',
      'memory',
    ],
  ])('reports %s as an error', async (_, source, errorType, errorMessage) => {
    const fn = await functionOf(source);

    const outcome = await fn.invoke({});

    expect(outcome).toMatchObject({ kind: 'error', errorType });
    expect(outcome).toHaveProperty('errorMessage', expect.stringContaining(errorMessage));
  });

  it('loads the bundle as CommonJS even inside a package of ES modules', async () => {
    await writeFile(join(directory, 'package.json'), '{"type":"module"}');
    const fn = await functionOf(
      'exports.handler = async () => require("node:path").sep === (await import("node:path")).sep;',
    );

    expect(await fn.invoke({})).toMatchObject({ kind: 'answer', payload: true });
  });

  it('ends an environment that exceeds the template’s timeout, and starts a new one', async () => {
    const fn = await functionOf(
      `exports.handler = async (event) => { if (event.hang) for (;;); return 'quick'; };`,
      { timeoutMs: 200 },
    );

    expect(await fn.invoke({ hang: true })).toEqual({ kind: 'timeout' });
    expect(await fn.invoke({ hang: false })).toMatchObject({ kind: 'answer', payload: 'quick' });
  });

  it('ends an invocation when its environment crashes, and releases the resources', async () => {
    const released: string[] = [];
    const fn = await functionOf('exports.handler = (event) => event.hang ? new Promise(() => {}) : "well";', {
      prepareEnvironment: async () => ({
        variables: {},
        release: async () => {
          released.push('released');
        },
      }),
    });
    let environment: EnvironmentHandle | undefined;

    const hanging = fn.invoke({ hang: true }, (handle) => (environment = handle));
    await until(() => environment !== undefined);
    environment?.crash();

    expect(await hanging).toEqual({ kind: 'crash' });
    expect(released).toEqual(['released']);
    expect(await fn.invoke({ hang: false })).toMatchObject({ kind: 'answer', payload: 'well' });
  });

  it('runs overlapping invocations in separate environments, and the next one in a warm one', async () => {
    const fn = await functionOf(
      `const id = Math.random();
       exports.handler = () => new Promise((resolve) => setTimeout(() => resolve(id), 20));`,
    );
    const idOf = async (): Promise<unknown> => {
      const outcome = await fn.invoke({});
      return outcome.kind === 'answer' ? outcome.payload : outcome;
    };

    const [one, other] = await Promise.all([idOf(), idOf()]);
    const warm = await idOf();

    expect(one).not.toBe(other);
    expect([one, other]).toContain(warm);
  });

  it('refuses an event above Lambda’s 6 MB', async () => {
    const fn = await functionOf('exports.handler = async (event) => event.length;');

    expect(await fn.invoke('x'.repeat(6 * 1024 * 1024))).toMatchObject({
      kind: 'error',
      errorType: 'RequestEntityTooLargeException',
    });
    expect(await fn.invoke('x'.repeat(6 * 1024 * 1024 - 2))).toMatchObject({ kind: 'answer' });
  });

  it('ends running invocations when it is stopped, and starts none afterwards', async () => {
    const fn = await functionOf('exports.handler = () => new Promise(() => {});');
    const hanging = fn.invoke({});

    await fn.stop();

    expect(await hanging).toEqual({ kind: 'crash' });
    expect(await fn.invoke({})).toEqual({ kind: 'crash' });
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
