import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'run-checks-test-'));
  writeFileSync(join(directory, 'jest.config.json'), JSON.stringify({ rootDir: directory, transform: {} }));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Runs `npm test -- --config …` on a temporary Jest project with these test files. */
function start(files: Readonly<Record<string, string>>, ci: boolean): ChildProcessWithoutNullStreams {
  for (const [name, source] of Object.entries(files)) writeFileSync(join(directory, name), source);
  const script = join(root, 'test/support/run-checks.ts');
  return spawn(
    process.execPath,
    ['--import', 'tsx', script, '--config', join(directory, 'jest.config.json')],
    {
      cwd: root,
      env: { ...process.env, CI: String(ci) },
    },
  );
}

async function finish(child: ChildProcessWithoutNullStreams) {
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  child.stderr.resume();
  const exitStatus = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { exitStatus, output, lastLine: output.trimEnd().split('\n').at(-1) };
}

const passing = "it('adds', () => {});";
const skipping = "console.log('SKIPPED: needs a moon'); it('adds', () => {}); it.skip('lands', () => {});";

describe('npm test', () => {
  it('ends with the correct totals when tests fail, are skipped or do not load', async () => {
    const run = await finish(
      start(
        {
          'a.test.js': `${passing} it('fails', () => { throw new Error('as it should'); });`,
          'b.test.js': "require('./absent.js');",
          'c.test.js': skipping,
        },
        false,
      ),
    );
    expect(run.lastLine).toBe('2 passed, 2 failed, 1 skipped');
    expect(run.exitStatus).toBe(1);
  });

  it('names the skipped tests and the reasons, and passes with skipped tests only outside CI', async () => {
    const [here, inCi] = [
      await finish(start({ 'c.test.js': skipping }, false)),
      await finish(start({}, true)),
    ];
    expect(here.lastLine).toBe('1 passed, 0 failed, 1 skipped');
    expect(here.output).toMatch(/c\.test\.js: lands\nSKIPPED: needs a moon\n/);
    expect(here.exitStatus).toBe(0);
    expect(inCi.lastLine).toBe('1 passed, 0 failed, 1 skipped');
    expect(inCi.exitStatus).toBe(1);
  });

  it('leaves no process behind when a signal ends it', async () => {
    const waiting = "console.log('pid=' + process.pid); it('waits', () => new Promise(() => {}), 60000);";
    const child = start(
      { 'w.test.js': `process.stdout.write('pid=' + process.pid + '\\n'); ${waiting}` },
      false,
    );
    const pid = await new Promise<number>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        const found = /pid=(\d+)/.exec(chunk.toString('utf8'))?.[1];
        if (found !== undefined) resolve(Number(found));
      });
    });
    child.kill('SIGTERM');
    const run = await finish(child);
    expect(run.exitStatus).toBe(143);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
