/** The Python programs that these tests run. If one is missing, its tests are skipped, and say so. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '@jest/globals';

const root = join(import.meta.dirname, '../..');

/** The environments, each with its requirements file in this folder. */
type Environment = 'ministack' | 'checks';

export function programOf(environment: Environment, name: string): string {
  return join(root, `.venv-${environment}/bin`, name);
}

/** `describe` if the programs are installed. CI installs them, so a missing one fails there. */
export function describeWith(environment: Environment, names: readonly string[]) {
  const missing = names.filter((name) => !existsSync(programOf(environment, name)));
  if (missing.length === 0 || process.env['CI'] === 'true') return describe;
  process.stderr.write(
    `SKIPPED: .venv-${environment}/bin lacks ${missing.join(' and ')} ` +
      `(test/deploy/requirements-${environment}.txt says how to install)\n`,
  );
  return describe.skip;
}
