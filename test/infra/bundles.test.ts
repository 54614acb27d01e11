/** The bundles that deploy: their size, what they leave out, and what minification must not change. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { bundleHandler } from '../../infra/bundle-handler.ts';
import { sourceFiles } from '../support/source-imports.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const root = join(import.meta.dirname, '../..');
const sources = sourceFiles(root, ['src']);
const handlers = sources.filter((path) => path.endsWith('/handler.ts'));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('a bundle', () => {
  it.each(handlers)('of %s has at most 300,000 bytes, and knows one way to find credentials', (path) => {
    using directory = temporaryDirectory();
    const entry = join(root, path);
    const code = readFileSync(join(bundleHandler({ entry, outdir: directory.path }), 'index.js'), 'utf8');
    expect(code.length).toBeLessThanOrEqual(300_000);
    const ways = ['AWS_SESSION_TOKEN', 'sso_start_url', 'credential_process', 'web_identity_token_file'];
    expect(ways.filter((way) => code.includes(way))).toEqual(['AWS_SESSION_TOKEN']);
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
      // A failed execution shows the name of its error in the Step Functions console, where `Error` says
      // nothing.
      .filter(({ name, called }) => called !== name && `${called}Error` !== name);
    expect(wrong).toEqual([]);
  });
});

type ErrorClass = new (...parameters: readonly unknown[]) => Error;

/** The exported error classes of these files, as the product's bundler leaves them. */
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

/** Stands for any argument of a constructor: it has every property, can be called, and reads as text. */
const anything: unknown = new Proxy(() => undefined, {
  get: (_, key) => (key === Symbol.toPrimitive ? () => 'anything' : anything),
  apply: () => anything,
});
