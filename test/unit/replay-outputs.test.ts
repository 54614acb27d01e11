import { describe, expect, it } from '@jest/globals';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rejectUnwritable, writeOutput } from '../../infra/command-line/files/output-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('the output files of a replay', () => {
  it('are rejected when they would overwrite the input file, even through a link', () => {
    using directory = temporaryDirectory();
    const at = (name: string) => join(directory.path, name);
    writeFileSync(at('f.csv'), 'precious');
    symlinkSync(at('f.csv'), at('link.csv'));
    for (const out of [at('f.csv'), join(directory.path, '.', 'f.csv'), at('link.csv')]) {
      expect(() => rejectUnwritable({ out }, { inputs: [at('f.csv')] })).toThrow(
        /--out .* is an input file too/,
      );
    }
  });

  it('are rejected when two options name one file, whether it exists or not', () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'x');
    expect(() =>
      rejectUnwritable({ out: path, report: path }, { inputs: [join(directory.path, 'f.csv')] }),
    ).toThrow(/--report .* is the file of --out too/);
  });

  it('are rejected when the path is a directory, or its directory is missing', () => {
    using directory = temporaryDirectory();
    const input = join(directory.path, 'f.csv');
    expect(() => rejectUnwritable({ out: directory.path }, { inputs: [input] })).toThrow(
      /is a directory; name a file/,
    );
    expect(() => rejectUnwritable({ out: join(directory.path, 'no', 'x') }, { inputs: [input] })).toThrow(
      /create it first/,
    );
    expect(() =>
      rejectUnwritable({ out: join(directory.path, 'x'), report: undefined }, { inputs: [input] }),
    ).not.toThrow();
  });

  it('are named in the error together with their option when writing fails', async () => {
    using directory = temporaryDirectory();
    await expect(writeOutput('report', join(directory.path, 'gone', 'x'), '')).rejects.toThrow(
      /^--report .*x could not be written: ENOENT/,
    );
  });
});
