/** The deployed bundles: their size, their only credential provider, and error names after minification. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { bundleHandler } from '../../infra/bundle-handler.ts';
import { sourceFiles } from '../support/source-imports.ts';
import { markRecord } from '../support/stream-records.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const root = join(import.meta.dirname, '../..');
const sources = sourceFiles(root, ['src']);
const handlers = sources.filter((path) => path.endsWith('/handler.ts'));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('a bundle', () => {
  it.each(handlers)(
    'of %s has at most 320,000 bytes, and reads credentials only from the environment',
    (path) => {
      using directory = temporaryDirectory();
      const entry = join(root, path);
      const code = readFileSync(join(bundleHandler({ entry, outdir: directory.path }), 'index.js'), 'utf8');
      expect(code.length).toBeLessThanOrEqual(320_000);
      const ways = ['AWS_SESSION_TOKEN', 'sso_start_url', 'credential_process', 'web_identity_token_file'];
      // Decide calls no service, so it has no SDK.
      const isDecide = path === 'src/reconcile/decide/handler.ts';
      expect(ways.filter((way) => code.includes(way))).toEqual(isDecide ? [] : ['AWS_SESSION_TOKEN']);
    },
  );

  it('signs with the credentials, the session token and the region of the environment', async () => {
    using directory = temporaryDirectory();
    const entry = join(root, 'src/aggregator/handler.ts');
    const path = join(bundleHandler({ entry, outdir: directory.path }), 'index.js');
    const server = createServer((request, response) => {
      response.end('{}');
      server.emit('headers', request.headers);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const received = once(server, 'headers') as Promise<[IncomingHttpHeaders]>;
    const batch = JSON.stringify([markRecord({ restaurantId: 'osteria', userId: 'ada' })]);
    const context = '{ getRemainingTimeInMillis: () => 9_000 }';
    const script = `require(${JSON.stringify(path)}).handler(${batch}, ${context})`;
    const child = execFile(process.execPath, ['-e', script], {
      env: { ...environment, AWS_ENDPOINT_URL: endpoint },
    });
    const [headers] = await received;
    await once(child, 'exit');
    server.close();
    expect(headers['x-amz-security-token']).toBe('the-token');
    expect(headers.authorization).toMatch(/Credential=the-key\/\d{8}\/ap-southeast-4\/dynamodb\//);
  });

  it('keeps the name of every error', () => {
    using directory = temporaryDirectory();
    const files = sources.filter((path) => /^export class \w+ extends \w*Error/m.test(read(path)));
    const names = files.flatMap((path) =>
      Array.from(read(path).matchAll(/^export (?:abstract )?class (\w+)/gm), ([, name = '']) => name),
    );
    const classes = minified(files, directory.path);
    expect(Object.keys(classes).toSorted()).toEqual(names.toSorted());
    const wrong = Object.entries(classes)
      .map(([name, errorClass]) => ({ name, called: new errorClass(anything, anything).name }))
      // The Step Functions console shows the error's name for a failed execution, and `Error` would say
      // nothing.
      .filter(({ name, called }) => called !== name && `${called}Error` !== name);
    expect(wrong).toEqual([]);
  });
});

/** The environment of an aggregator in Lambda, with the credentials of its role. */
const environment = {
  COUNTED_FAVOURITES_TABLE: 'registers',
  AGGREGATED_FAVOURITES_TABLE: 'counts',
  DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1/queue',
  TIME_WINDOWS: '',
  RANKING_SHARDS: '1',
  COMMIT_CONCURRENCY: '1',
  POWERTOOLS_SERVICE_NAME: 'aggregator',
  POWERTOOLS_METRICS_NAMESPACE: 'Counts',
  AWS_REGION: 'ap-southeast-4',
  AWS_ACCESS_KEY_ID: 'the-key',
  AWS_SECRET_ACCESS_KEY: 'the-secret',
  AWS_SESSION_TOKEN: 'the-token',
};

type ErrorClass = new (...parameters: readonly unknown[]) => Error;

/** The exported error classes of these files, minified by the product's bundler. */
function minified(files: readonly string[], directory: string): Readonly<Record<string, ErrorClass>> {
  const entry = join(directory, 'entry.ts');
  mkdirSync(directory, { recursive: true });
  writeFileSync(entry, files.map((path) => `export * from ${JSON.stringify(join(root, path))};`).join('\n'));
  const outdir = bundleHandler({ entry, outdir: join(directory, 'bundle') });
  const exported = createRequire(import.meta.url)(join(outdir, 'index.js')) as Readonly<
    Record<string, unknown>
  >;
  return Object.fromEntries(
    Object.entries(exported).filter(
      (entryOf): entryOf is [string, ErrorClass] =>
        typeof entryOf[1] === 'function' && String(entryOf[1]).startsWith('class'),
    ),
  );
}

/** Stands in for any constructor argument: it has every property, can be called, and converts to text. */
const anything: unknown = new Proxy(() => undefined, {
  get: (_, key) => (key === Symbol.toPrimitive ? () => 'anything' : anything),
  apply: () => anything,
});
