import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePipelines } from '../support/pipelines.ts';
import { example } from './emulator-example.ts';

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8');

describe('the example in the README of the emulator', () => {
  it('equals the file that this test runs', () => {
    expect(read('../../infra/local/emulator/README.md')).toContain(
      `\`\`\`ts\n${read('emulator-example.ts')}\`\`\``,
    );
  });

  it('runs another template', async () => {
    expect(await example((outdir) => writePipelines(outdir, ['']))).toBe(1);
  });
});
