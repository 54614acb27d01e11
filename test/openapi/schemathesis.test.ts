/** Checks the API of `npm start` against its document with a schema fuzzer. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { windowKinds } from '../../src/counting/time-window.ts';
import { runCommand, urlOf } from '../local/command-run.ts';
import { snapshotWhere } from '../local/console-client.ts';
import { favouritesFile } from '../support/favourites-file.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const root = join(import.meta.dirname, '../..');
const program = process.env['SCHEMATHESIS'] ?? join(root, '.venv/bin/schemathesis');
const config = join(import.meta.dirname, 'schemathesis.toml');
const documentPath = join(root, 'docs/openapi.json');
/** A fixed seed, so that a failure can be repeated; FC_SEED sets another. */
const seed = process.env['FC_SEED'] ?? '1';
/** Duration of one run of the fuzzer, which uses all of it. */
const FUZZ_SECONDS = 25;
/** Includes the fuzzer's start on a busy machine. */
const LIMIT_MS = 240_000;

const isInstalled = existsSync(program);
const isCi = process.env['CI'] === 'true';
if (!isInstalled && !isCi) {
  process.stderr.write(
    'SKIPPED: the schema fuzzer is not at .venv/bin/schemathesis ' +
      '(test/openapi/requirements.txt says how to install it; or set SCHEMATHESIS=PATH)\n',
  );
}
/** CI installs the fuzzer, so a missing one fails there. */
const describeWithFuzzer = isInstalled || isCi ? describe : describe.skip;

describeWithFuzzer('the document of the API', () => {
  const stack = new AsyncDisposableStack();
  let directory: string;
  let url: string;
  beforeAll(async () => {
    directory = stack.use(temporaryDirectory()).path;
    const path = join(directory, 'f.csv');
    writeFileSync(path, favouritesFile({ pairs: 300 }).csv);
    // The document names every kind of window, so that this run must keep them all.
    url = await urlOf(stack.use(runCommand('start', ['--data', path, '--windows', windowKinds.join()])));
    await snapshotWhere(url, ({ replay }) => replay.state === 'done');
  });
  afterAll(() => stack.disposeAsync());

  it(
    'describes how the API answers any request of the fuzzer',
    async () => {
      // A local run requires neither signature nor token, as the document says.
      const checks = ['--checks', 'all', '--exclude-checks', 'ignored_auth'];
      expect(await fuzz(documentPath, checks)).toBeUndefined();
    },
    LIMIT_MS,
  );

  it(
    'allows nothing that the API refuses, except cursors',
    async () => {
      const path = join(directory, 'without-cursors.json');
      writeFileSync(path, withoutCursors(readFileSync(documentPath, 'utf8')));
      const checks = ['--checks', 'positive_data_acceptance,status_code_conformance', '--mode', 'positive'];
      expect(await fuzz(path, checks, { isConfigured: false })).toBeUndefined();
    },
    LIMIT_MS,
  );

  /** The fuzzer's findings; undefined when there are none. */
  function fuzz(
    path: string,
    words: readonly string[],
    { isConfigured = true }: { readonly isConfigured?: boolean } = {},
  ): Promise<string | undefined> {
    const all = [
      ...(isConfigured ? ['--config-file', config] : []),
      'run',
      path,
      ...['--url', url.replace(/\/$/, ''), '--seed', seed, '--max-time', String(FUZZ_SECONDS)],
      // Health checks would fail on a busy machine. One worker, because Python 3.11 parses its sources in one
      // thread.
      ...['--suppress-health-check', 'all', '--max-examples', '50', '--no-color'],
      ...words,
    ];
    return new Promise((resolve) => {
      // The fuzzer leaves files in its working directory.
      execFile(program, all, { cwd: directory, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
        resolve(error === null ? undefined : `${error.message}\n${stdout}${stderr}`),
      );
    });
  }
});

function withoutCursors(text: string): string {
  return JSON.stringify(JSON.parse(text), (_, value: unknown) =>
    Array.isArray(value) ? value.filter((item) => !isCursorParameter(item)) : value,
  );
}

function isCursorParameter(value: unknown): boolean {
  return JSON.stringify(value) === '{"$ref":"#/components/parameters/cursor"}';
}
