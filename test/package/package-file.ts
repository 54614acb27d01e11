/** The package as `npm pack` writes it, built from these sources without touching dist/. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildPackage } from '../../infra/package/build.ts';
import manifest from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '../..');

/** Writes the file into `directory`, which may hold nothing else, and returns its path. */
export async function packInto(directory: string): Promise<string> {
  const staged = join(directory, 'staged');
  mkdirSync(staged, { recursive: true });
  for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md', 'docs']) {
    cpSync(join(root, file), join(staged, file), { recursive: true });
  }
  // Its scripts would build once more.
  writeFileSync(join(staged, 'package.json'), JSON.stringify({ ...manifest, scripts: {} }));
  buildPackage(join(staged, 'dist'));
  await promisify(execFile)('npm', ['pack', '--pack-destination', directory], { cwd: staged });
  return join(directory, `${manifest.name}-${manifest.version}.tgz`);
}
