import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultNames } from '../../infra/local/emulator/faults/fault-plan.ts';
import type { ReplayReport } from '../../infra/local/replay/report.ts';
import { favouritesFile } from '../support/favourites-file.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { familyOf, isRunning, runCommand, until } from './command-run.ts';

const allFaults =
  'duplicate=0.2,lost-answer=0.1,throttle=0.1,conflict=0.1,crash=0.05,reorder=0.2,poison=0.01';

describe('npm run aggregate', () => {
  it('counts a file exactly despite every fault, and keeps every poison record', async () => {
    using directory = temporaryDirectory();
    const file = favouritesFile({ pairs: 1_200 });
    const at = (name: string) => join(directory.path, name);
    writeFileSync(at('f.csv'), file.csv);
    await using run = runCommand(
      'aggregate',
      [
        ...[
          at('f.csv'),
          '--out',
          at('counts.csv'),
          '--report',
          at('report.json'),
          '--dead-letters',
          at('dead.jsonl'),
        ],
        ...['--faults', allFaults, '--seed', '7', '--batch-size', '100', '--top', '3'],
      ],
      { by: 'npm', directory: directory.path },
    );
    expect([await run.ended, run.stderr().includes('Error')]).toEqual([0, false]);

    expect(readFileSync(at('counts.csv'), 'utf8')).toBe(file.countsCsv);
    const report = JSON.parse(readFileSync(at('report.json'), 'utf8')) as ReplayReport;
    expect(report).toMatchObject({
      events: file.events,
      drift: 0,
      seed: 7,
      engine: 'embedded',
      batchSize: 100,
    });
    expect(Object.keys(report.faults)).toEqual([...faultNames]);
    expect(report.faults.duplicate).toBeGreaterThan(0);
    expect(report.deadLetters).toBe(report.faults.poison);
    const numbers = [
      report.requestsPerEvent,
      report.writeUnitsPerEvent,
      report.eventsPerSecond,
      report.transactions,
    ];
    for (const number of numbers) expect(number).toBeGreaterThan(0);
    const letters = readFileSync(at('dead.jsonl'), 'utf8').split('\n').slice(0, -1);
    expect(letters).toHaveLength(report.deadLetters);
    for (const letter of letters)
      expect(JSON.parse(letter)).toMatchObject({ kind: 'record', reason: expect.any(String) });

    const [winner] = file.top;
    expect(run.stdout()).toMatch(/^rank {2}restaurant +favourites, ALL_TIME\n/);
    expect(run.stdout().split('\n')[1]).toContain(String(winner?.[0]));
    expect(run.stdout()).toContain('drift        0: every count equals a recount');
    expect(leftovers(directory.path)).toEqual([]);
  });

  it('ends on SIGINT and leaves no process or file behind', async () => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, 'f.csv'), favouritesFile({ pairs: 30_000 }).csv);
    await using run = runCommand('aggregate', [join(directory.path, 'f.csv')], { directory: directory.path });
    await until(() => run.stderr().includes(' events of f.csv written'));
    const family = familyOf(run.child.pid ?? 0);
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(130);
    await until(() => !family.some(isRunning));
    expect(leftovers(directory.path)).toEqual([]);
  });

  it.each([
    [[], /^No file: npm run aggregate -- FILE\.csv/],
    [['no-such.csv'], /^Cannot read no-such\.csv: there is no such file\.\n$/],
    [
      ['LICENSE', 'package.json'],
      /^Expected one file, because the first is a CSV file; leave out package\.json\.\n$/,
    ],
    [['LICENSE'], /^LICENSE:1: the header lacks restaurant_id, user_id, created_at.*\n$/],
    [['package.json'], /^package\.json is one JSON document, expected one object a line; convert.*\n$/],
    [['LICENSE', '--date-format', 'sql'], /^--date-format sql needs --date-zone ZONE.*\n$/],
    [
      ['package.json', '--out', 'no/such/counts.csv'],
      /^--out no\/such\/counts\.csv: there is no directory no\/such/,
    ],
    [
      ['package.json', '--window', 'AUGUST'],
      /^--window AUGUST: no such time window; expected one of ALL_TIME,/,
    ],
    [
      ['package.json', '--engine', 'embedded', '--endpoint', 'http://127.0.0.1:1'],
      /^--engine and --endpoint exclude/,
    ],
    [['package.json', '--colour'], /^Unknown option --colour; the options are --out/],
  ])('refuses %j with a one-line message', async (words, expected) => {
    await using run = runCommand('aggregate', words);
    expect(await run.ended).toBe(1);
    expect(run.stderr()).toMatch(expected);
    expect(run.stderr().split('\n')).toHaveLength(2);
    expect(run.stdout()).toBe('');
  });

  it('explains its options', async () => {
    await using run = runCommand('aggregate', ['--help']);
    expect([await run.ended, run.stderr()]).toEqual([0, '']);
    expect(run.stdout()).toContain('--batch-size N');
  });
});

/** Directories that the run left; Node's own caches do not count. */
function leftovers(directory: string): readonly string[] {
  return readdirSync(directory).filter((name) => name.startsWith('favourite-counts-'));
}
