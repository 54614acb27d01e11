/** `favourite-counts`, the command of the package, as far as it goes without other packages. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import manifest from '../../package.json' with { type: 'json' };
import { runProgram } from '../support/run-program.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { bundleEntries } from '../../infra/package/bundle-entries.ts';

const SCREEN = { columns: 80, lines: 24 };

describe('the command', () => {
  const scratch = temporaryDirectory();
  beforeAll(() => void bundleEntries(scratch.path));
  afterAll(() => scratch[Symbol.dispose]());

  const run = async (...words: readonly string[]) =>
    runProgram([process.execPath, join(scratch.path, 'command.js'), ...words]);

  it('shows help that fits a screen, with every command', async () => {
    const { status, out } = await run('--help');
    expect(status).toBe(0);
    for (const name of ['doctor', 'synth', 'shadow', 'cost', 'start', 'aggregate']) {
      expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
    const lines = out.split('\n');
    expect(lines.length).toBeLessThanOrEqual(SCREEN.lines);
    expect(lines.filter((line) => line.length >= SCREEN.columns)).toEqual([]);
  });

  it('shows the same help without a command, as a mistake', async () => {
    expect(await run()).toEqual({ ...(await run('--help')), status: 1 });
  });

  it('shows the version of the package', async () => {
    expect(await run('--version')).toEqual({ status: 0, out: `${manifest.version}\n`, err: '' });
  });

  it('names the nearest command when it does not know one', async () => {
    expect(await run('docter')).toEqual({
      status: 1,
      out: '',
      err: 'docter is not a command; the nearest one is doctor (--help lists them).\n',
    });
  });

  it.each(['doctor', 'synth', 'shadow', 'cost', 'start', 'aggregate'])(
    'passes --help on to %s',
    async (name) => {
      const { status, out } = await run(name, '--help');
      expect([status, out]).toEqual([0, expect.stringContaining(`Usage: favourite-counts ${name} `)]);
    },
  );

  it('says in one line what to install when the CDK is missing', async () => {
    expect(await run('synth', '--out', join(scratch.path, 'template'))).toEqual({
      status: 1,
      out: '',
      err: 'This command needs the package aws-cdk-lib: npm install --save-dev aws-cdk-lib\n',
    });
  });

  it('names all mistakes in the settings at once, before it writes anything', async () => {
    const words = [
      'synth',
      '--out',
      join(scratch.path, 'x'),
      '--set',
      'rankingShard=1',
      '--set',
      'timeZone=X',
    ];
    const { status, err } = await run(...words);
    expect(status).toBe(1);
    expect(err).toContain('rankingShard is not a setting; the nearest one is rankingShards');
    expect(err).toContain('timeZone must be');
  });
});
