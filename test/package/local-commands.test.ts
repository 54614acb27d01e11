/** `start` and `aggregate` of the package: every file that they read is in it. Needs no network. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMBEDDED_PACKAGE } from '../../infra/local/emulator/engine/start-engine.ts';
import { type AdopterProject, createAdopterProject } from '../examples/adopter-project.ts';
import { findEmbeddedBinary } from '../../infra/local/emulator/engine/embedded-engine.ts';
import { favouritesFile } from '../support/favourites-file.ts';
import { runProgram } from '../support/run-program.ts';

const root = join(import.meta.dirname, '../..');

describe('the package on a machine of an adopter', () => {
  const file = favouritesFile({ pairs: 300 });
  let project: AdopterProject;
  beforeAll(() => {
    project = createAdopterProject();
    project.write('f.csv', file.csv);
  });
  afterAll(() => project[Symbol.dispose]());

  const run = async (...words: readonly string[]) =>
    runProgram([process.execPath, project.command, ...words], { cwd: project.directory });

  it('says in one line what to install for the embedded engine', async () => {
    const { status, err } = await run('aggregate', 'f.csv', '--engine', 'embedded');
    expect(status).toBe(1);
    const missing = `is not installed \\(npm install --no-save ${EMBEDDED_PACKAGE}\\)`;
    expect(err).toMatch(new RegExp(`^The embedded engine (?:${missing}|has no build for ).*$`, 'm'));
  });

  describe('with an engine', () => {
    beforeAll(() => {
      const installed = join(root, 'node_modules/@dynoxide');
      if (findEmbeddedBinary() !== undefined) {
        symlinkSync(installed, join(project.directory, 'node_modules/@dynoxide'));
      }
    });

    it('counts a file exactly, under faults', async () => {
      const faults = 'duplicate=0.2,crash=0.05,lost-answer=0.1';
      const words = ['f.csv', '--out', 'counts.csv', '--batch-size', '20', '--faults', faults];
      expect(await run('aggregate', ...words)).toMatchObject({ status: 0 });
      expect(readFileSync(join(project.directory, 'counts.csv'), 'utf8')).toBe(file.countsCsv);
    });

    it('shows the page until Ctrl-C', async () => {
      const child = spawn(process.execPath, [project.command, 'start', '--data', 'f.csv'], {
        cwd: project.directory,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const closed = once(child, 'close');
      try {
        let out = '';
        for await (const text of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
          out += text;
          if (out.includes('(Ctrl-C ends it)')) break;
        }
        const [url = ''] = /http:\S+/.exec(out) ?? [];
        const script = await fetch(new URL('console/page.js', url));
        const installed = join(dirname(project.command), 'page/page.js');
        expect(await script.text()).toBe(readFileSync(installed, 'utf8'));
      } finally {
        child.kill('SIGINT');
      }
      expect(await closed).toEqual([0, null]);
    });
  });
});
