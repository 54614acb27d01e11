/** The licences of all packages whose code is in the package. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

const root = join(import.meta.dirname, '../..');

/** Licences that allow us to pass the code on, if we include their text. */
const allowed = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0']);
/** Those that do not require their text. */
const withoutNotice = new Set(['0BSD', 'MIT-0']);
/** This text names no copyright holder, so one copy of it is right for every package. */
const COMMON_TEXT = 'Apache-2.0';

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** As SPDX writes it. */
  readonly licence: string;
  /** Empty if the package has no such file. */
  readonly text: string;
}

/**
 * The content of third-party-licences.txt.
 * @throws {Error} if a licence is not allowed, or its text is missing
 */
export function licencesText(packages: readonly BundledPackage[]): string {
  const common = packages.find(({ licence, text }) => licence === COMMON_TEXT && text !== '')?.text ?? '';
  const refused: string[] = [];
  const namesByText = new Map<string, string[]>();
  for (const { name, version, licence, text: own } of packages) {
    const text = own === '' && licence === COMMON_TEXT ? common : own;
    if (!allowed.has(licence)) refused.push(`${name}@${version} has the licence ${licence}`);
    else if (text !== '') namesByText.set(text, [...(namesByText.get(text) ?? []), name]);
    else if (!withoutNotice.has(licence)) refused.push(`${name}@${version} has no file with its licence`);
  }
  if (refused.length > 0) {
    throw new Error(`The package may not include this code: ${refused.join('; ')}. Use other packages.`);
  }
  const list = packages.map(({ name, version, licence }) => `${name} ${version}: ${licence}`);
  const texts = [...namesByText].map(
    ([text, names]) => `${'-'.repeat(78)}\n${names.join('\n')}\n\n${text.trim()}\n`,
  );
  return `This package contains code of the following packages.\n\n${list.join('\n')}\n\n${texts.join('\n')}`;
}

/** Every package of which esbuild has read a file, by name. */
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

/** Up to the last package in a path, because packages can contain packages. */
const packageDirectory = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;

function textIn(directory: string): string {
  const files = globSync('{LICENSE,LICENCE,License,license,NOTICE}*', { cwd: directory }).toSorted();
  return files.map((file) => readFileSync(join(directory, file), 'utf8')).join('\n');
}
