/** What the client brings into an application: its own code, and nothing but the SDK of DynamoDB. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';

const root = join(import.meta.dirname, '../../..');

describe('the bundle of the client', () => {
  let text: string;
  let metafile: Metafile;
  beforeAll(async () => {
    const result = await build({
      absWorkingDir: root,
      entryPoints: ['src/client/client.ts'],
      bundle: true,
      packages: 'external',
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      metafile: true,
      write: false,
      legalComments: 'none',
      // Marks every use of the global, but not the word in a message.
      define: { process: '__process' },
    });
    text = result.outputFiles[0]?.text ?? '';
    ({ metafile } = result);
  });

  it('imports only the SDK of DynamoDB and Node', () => {
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    expect([...new Set(imports.map(({ path }) => path))].toSorted()).toEqual([
      '@aws-sdk/client-dynamodb',
      'node:timers/promises',
    ]);
  });

  it('reads no environment variable', () => {
    expect(text).not.toContain('__process');
  });

  it('is small enough to read', () => {
    expect(Buffer.byteLength(text)).toBeLessThan(60_000);
  });
});
