import { describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReplayReport } from '../../infra/local/replay/report.ts';
import { answersOf } from '../shapes/answers.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { runCommand } from './command-run.ts';

const LONG_MS = 240_000;
const shapes = join(import.meta.dirname, '../shapes');
const shapeFile = (name: string) => join(shapes, name);

async function aggregate(shape: string, ...words: readonly string[]) {
  using directory = temporaryDirectory();
  const at = (name: string) => join(directory.path, name);
  const files = [shapeFile(`${shape}.jsonl`), '--source', shapeFile(`${shape}.json`)];
  const outputs = ['--out', at('counts.csv'), '--report', at('report.json')];
  await using run = runCommand('aggregate', [...files, ...outputs, '--seed', '3', '--grace', '1', ...words]);
  const status = await run.ended;
  if (status !== 0) throw new Error(`It ended with ${status}: ${run.stdout()}${run.stderr()}`);
  const report = JSON.parse(readFileSync(at('report.json'), 'utf8')) as ReplayReport;
  return { report, counts: readFileSync(at('counts.csv'), 'utf8') };
}

describe('npm run aggregate with --source', () => {
  it(
    'counts updates in place in a table of several kinds of item, despite every fault and poison',
    async () => {
      const faults =
        'duplicate=0.2,lost-answer=0.1,throttle=0.1,conflict=0.1,crash=0.05,reorder=0.2,poison=0.1';
      const { report, counts } = await aggregate('5', '--faults', faults, '--batch-size', '50');

      const { atRest, letters } = answersOf('5');
      expect(counts).toBe(atRest);
      expect(report.faults.poison).toBeGreaterThan(0);
      expect(report).toMatchObject({ drift: 0, deadLetters: letters + report.faults.poison });
      expect(Object.values(report.rows).every((rows) => rows > 0)).toBe(true);
    },
    LONG_MS,
  );

  it.each(['8-date', '8-none'])(
    'repairs damage of every kind in shape %s',
    async (shape) => {
      const damage = { counts: 12, registers: 12 };
      const { report, counts } = await aggregate(shape, '--damage', 'counts=12,registers=12', '--reconcile');

      expect(counts).toBe(answersOf(shape).repaired);
      expect(report).toMatchObject({ drift: 0, damage });
      const [entry] = report.reconcile;
      expect(entry?.registersFound).toBeGreaterThanOrEqual(damage.registers);
      expect(entry?.registersCorrected).toBe(entry?.registersFound);
    },
    LONG_MS,
  );
});

describe('npm run aggregate and npm start', () => {
  it.each([
    [
      'aggregate',
      [shapeFile('8-none.jsonl'), '--source', shapeFile('8-none.json'), '--windows', 'MONTH'],
      /^--windows MONTH: the rows of --source have no date \(createdAt is none\), so only ALL_TIME is/,
    ],
    [
      'aggregate',
      [shapeFile('8-none.jsonl'), '--source', shapeFile('8-none.json'), '--window', 'AUG_2022'],
      /^--window AUG_2022: the rows of --source have no date .*; leave out --window\./,
    ],
    [
      'aggregate',
      ['package.json', '--source', 'no-such.json'],
      /^--source no-such\.json: there is no such file\./,
    ],
    [
      'aggregate',
      ['package.json', '--source', '.'],
      /^--source \.: it is a directory, expected a JSON file\./,
    ],
    [
      'aggregate',
      ['package.json', '--source', 'README.md'],
      /^--source README\.md: it is not JSON \(.*\); write/,
    ],
    [
      'aggregate',
      ['package.json', '--source', 'tsconfig.json'],
      /^--source tsconfig\.json: compilerOptions is not known; .*; key must list .*; createdAt must be .*/,
    ],
    ['start', ['--source', shapeFile('5.json')], /^--source needs --data FILE: the built-in sample fills/],
  ] as const)('%s refuses %j with a one-line message', async (script, words, expected) => {
    await using run = runCommand(script, words);
    expect(await run.ended).toBe(1);
    expect(run.stderr()).toMatch(expected);
    expect(run.stderr().split('\n')).toHaveLength(2);
    expect(run.stdout()).toBe('');
  });

  it('names every line that the table could not store', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'w.jsonl');
    writeFileSync(path, '{"at":"2022-08-01T12:00:00Z","put":{"PK":{"S":"USER#u1"}}}\n[]\n');
    await using run = runCommand('aggregate', [path, '--source', shapeFile('5.json')]);
    expect(await run.ended).toBe(1);
    expect(run.stderr().split('\n')).toEqual([
      `${path}:1: put.SK is missing, a part of the key; give every line the whole key, or the right --source`,
      expect.stringMatching(/w\.jsonl:2: the line is '\[\]', which is no JSON object/),
      '',
    ]);
  });
});
