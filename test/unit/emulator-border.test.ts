import { beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { importsOf, type SourceImport, sourceFiles } from '../support/source-imports.ts';
import { linesMatching, repositoryFiles } from '../support/repository-files.ts';

const root = join(import.meta.dirname, '../..');
const emulator = 'infra/local/emulator/';

describe('the emulator, which runs any template', () => {
  let imports: readonly SourceImport[];
  beforeAll(async () => {
    imports = await importsOf(root, sourceFiles(root, [emulator]));
  });

  it('imports only its own files, Node modules and packages', () => {
    const outside = imports.filter(
      ({ to }) => /^(?:infra|src|test)\/|^\./.test(to) && !to.startsWith(emulator),
    );
    expect(outside).toEqual([]);
  });

  it('does not mention favourites', () => {
    const code = repositoryFiles(root).filter((file) => file.startsWith(emulator) && !file.endsWith('.md'));
    expect(code).toContain(`${emulator}pipe/local-pipe.ts`);
    const mentions = linesMatching(root, code, /favou?rite|restaurant/i);
    expect(mentions).toEqual([]);
  });
});
