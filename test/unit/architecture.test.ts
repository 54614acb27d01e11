import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { importViolations } from '../support/import-rules.ts';
import { importsOf, type SourceImport, sourceFiles } from '../support/source-imports.ts';
import { impureGlobals } from '../support/source-purity.ts';

const root = join(import.meta.dirname, '../..');
const files = sourceFiles(root, ['src', 'infra']);
let imports: readonly SourceImport[];
beforeAll(async () => {
  imports = await importsOf(root, files);
});

interface Manifest {
  readonly devDependencies: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

/** `@scope/name` or `name` of a specifier; undefined for a path or a Node module. */
function packageOf(specifier: string): string | undefined {
  if (/^(?:infra|src|test)\//.test(specifier) || isBuiltin(specifier)) return undefined;
  return /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
}

/** What a bundle of a handler may include; aws-lambda has only types. */
const carried = /^(@aws-lambda-powertools\/|@aws-sdk\/|valibot$|aws-lambda$)/;

describe('the sources', () => {
  it('import in one direction only', () => {
    expect(importViolations(files, imports)).toEqual([]);
  });

  it('import only packages of package.json, and src imports only packages that a bundle includes', () => {
    const all = Object.keys(manifest.devDependencies);
    const unnamed = imports.filter(({ from, to }) => {
      if (to.endsWith('.json')) return false;
      const name = packageOf(to);
      return name !== undefined && !(from.startsWith('src/') ? carried.test(name) : all.includes(name));
    });
    expect(unnamed).toEqual([]);
  });

  it('do not use the clock, randomness or the environment in the rules', () => {
    const impure = files
      .filter((file) => file.startsWith('src/counting/'))
      .map((file) => ({ file, uses: impureGlobals(readFileSync(join(root, file), 'utf8')) }))
      .filter(({ uses }) => uses.length > 0);
    expect(impure).toEqual([]);
  });

  it('pass clock and randomness to the use-cases as parameters, so that tests can replace them', () => {
    const impure = files
      .filter(
        (file) =>
          /^src\/(?:commit|aggregator|reconcile|client|api)\//.test(file) &&
          !/\/(?:handler|client\/client)\.ts$/.test(file),
      )
      .map((file) => ({ file, uses: impureGlobals(readFileSync(join(root, file), 'utf8')) }))
      .filter(({ uses }) => uses.length > 0);
    expect(impure).toEqual([]);
  });
});
