/** The licences of all packages whose code is in the package. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

const root = join(import.meta.dirname, '../..');

/** Licences that allow to pass code on with their text alone. */
const allowed = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0']);

interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly text: string;
}

/** The content of third-party-licences.txt. @throws if a licence is not one of those allowed */
export function licencesOf(metafiles: readonly Metafile[]): string {
  const found = bundledPackages(metafiles);
  const refused = found.filter(({ licence }) => !allowed.has(licence));
  if (refused.length > 0) {
    const names = refused.map(({ name, version, licence }) => `${name}@${version} (${licence})`);
    throw new Error(`The package may not include ${names.join(', ')}: add the licence, or another package`);
  }
  const list = found.map(({ name, version, licence }) => `${name} ${version}: ${licence}`);
  const texts = found.map(
    ({ name, version, text }) => `${'-'.repeat(78)}\n${name} ${version}\n\n${text.trim()}\n`,
  );
  return `This package contains code of the following packages.\n\n${list.join('\n')}\n\n${texts.join('\n')}`;
}

export function bundledPackages(metafiles: readonly Metafile[]): readonly BundledPackage[] {
  const paths = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const directories = new Set(paths.flatMap((path) => packageDirectory.exec(path)?.[0] ?? []));
  return [...directories].toSorted().map((directory) => {
    const manifest = JSON.parse(readFileSync(join(root, directory, 'package.json'), 'utf8')) as {
      readonly name: string;
      readonly version: string;
      readonly license?: string;
    };
    const { name, version, license: licence = 'unknown' } = manifest;
    return { name, version, licence, text: textIn(join(root, directory)) };
  });
}

/** Up to the last package in a path: packages can hold packages. */
const packageDirectory = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;

function textIn(directory: string): string {
  const files = globSync('{LICENSE,LICENCE,License,license,NOTICE}*', { cwd: directory }).toSorted();
  return files
    .map((file) => join(directory, file))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
}
