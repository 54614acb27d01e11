/** The package as `npm pack` writes it, built from these sources without touching dist/. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPackage } from '../../infra/package/build.ts';
import manifest from '../../package.json' with { type: 'json' };
import { succeed } from '../support/run-program.ts';

const root = join(import.meta.dirname, '../..');

export interface Packed {
  /** The path of the .tgz file. */
  readonly path: string;
  readonly bytes: number;
  /** The paths of its files. */
  readonly files: readonly string[];
  /** The same files, unpacked. */
  readonly directory: string;
}

/** @param directory may hold nothing else */
export async function pack(directory: string): Promise<Packed> {
  const staged = join(directory, 'staged');
  mkdirSync(staged, { recursive: true });
  const copied = [
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'docs',
    'test/shapes',
  ];
  for (const name of copied) {
    cpSync(join(root, name), join(staged, name), { recursive: true });
  }
  // Its scripts would build once more.
  writeFileSync(join(staged, 'package.json'), JSON.stringify({ ...manifest, scripts: {} }));
  buildPackage(join(staged, 'dist'));
  const listed = await succeed(['npm', 'pack', '--json', '--pack-destination', directory], { cwd: staged });
  const [written] = JSON.parse(listed) as readonly [
    { readonly filename: string; readonly size: number; readonly files: readonly { path: string }[] },
  ];
  return {
    path: join(directory, written.filename),
    bytes: written.size,
    files: written.files.map(({ path }) => path).toSorted(),
    directory: staged,
  };
}

/** Writes the file into `directory`, which may hold nothing else, and returns its path. */
export async function packInto(directory: string): Promise<string> {
  const { path } = await pack(directory);
  return path;
}
