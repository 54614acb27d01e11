import { describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReplayReport } from '../../infra/local/replay/report.ts';
import { favouritesFile } from '../support/favourites-file.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { runCommand } from './command-run.ts';

const file = favouritesFile({ pairs: 900 });

async function aggregate(...words: readonly string[]) {
  using directory = temporaryDirectory();
  const at = (name: string) => join(directory.path, name);
  writeFileSync(at('f.csv'), file.csv);
  const paths = [at('f.csv'), '--out', at('counts.csv'), '--report', at('report.json')];
  await using run = runCommand('aggregate', [...paths, '--seed', '3', '--grace', '1', ...words], {
    directory: directory.path,
  });
  const status = await run.ended;
  return {
    status,
    stdout: run.stdout(),
    stderr: run.stderr(),
    counts: readFileSync(at('counts.csv'), 'utf8'),
    report: JSON.parse(readFileSync(at('report.json'), 'utf8')) as ReplayReport,
  };
}

const entryNames = [
  ...['mode', 'registersFound', 'registersCorrected', 'countsFound', 'countsCorrected', 'uncountable'],
  ...['notAudited', 'redriven', 'readUnits', 'writeUnits'],
];

describe('npm run aggregate and its reconcile', () => {
  it('reports the drift and ends with status 2 when records vanish and no reconcile runs', async () => {
    const { status, report, counts } = await aggregate('--faults', 'vanish=0.05');

    expect(status).toBe(2);
    expect(report.drift).toBeGreaterThan(0);
    expect(report.faults.vanish).toBeGreaterThan(0);
    expect(report.reconcile).toEqual([]);
    expect(counts).not.toBe(file.countsCsv);
  });

  it('finds damage and lost records, and shows both in a table and in the report', async () => {
    const { status, report, counts, stdout, stderr } = await aggregate(
      ...['--faults', 'vanish=0.05,drop=0.1', '--damage', 'counts=9,registers=6', '--batch-size', '100'],
      '--reconcile',
    );

    expect([status, stderr.includes('failed')]).toEqual([0, false]);
    expect(counts).toBe(file.countsCsv);
    expect(report).toMatchObject({ drift: 0, damage: { counts: 9, registers: 6 }, deadLetters: 0 });
    const [entry, ...others] = report.reconcile;
    expect(others).toEqual([]);
    expect(Object.keys(entry ?? {})).toEqual(entryNames);
    expect(entry?.mode).toBe('repair');
    expect(entry?.redriven).toBeGreaterThan(0);
    // Damage and vanished records together; a vanished record may belong to a damaged row.
    expect(entry?.registersFound).toBeGreaterThan(6);
    expect(entry?.countsFound).toBeGreaterThanOrEqual(9);
    expect(entry?.countsCorrected).toBe(entry?.countsFound);
    expect(stdout).toMatch(/\nstage +checked +found +corrected +units +seconds\nredrive .*\nheal .*\naudit /);
    expect(stdout).toContain('damage       9 counts, 6 registers');
  });

  it.each([
    ['the whole file', ['--backfill'], 0],
    [
      'half of the file, while the other half arrives as events',
      ['--backfill', '0.5'],
      Math.round(file.events / 2),
    ],
  ])('seeds %s until every count is exact', async (_, words, delivered) => {
    const { status, report, counts, stdout } = await aggregate(...words);

    expect([status, counts]).toEqual([0, file.countsCsv]);
    expect(report.reconcile.map(({ mode }) => mode)).toEqual(['seed']);
    const [, seedSeconds] = /reconcile 1 of 1, seed, (\d+\.\d) s/.exec(stdout) ?? [];
    // Printed with one decimal.
    expect(report.seconds).toBeGreaterThan(Number(seedSeconds) - 0.1);
    expect(report.transactions > 0).toBe(delivered > 0);
    expect(report.reconcile[0]?.registersCorrected).toBeGreaterThan(0);
  });

  it('repairs during the replay, and once more at the end', async () => {
    const { status, report, counts } = await aggregate(
      ...['--reconcile-during', '--faults', 'vanish=0.1,duplicate=0.2,crash=0.05', '--batch-size', '50'],
    );

    expect([status, counts]).toEqual([0, file.countsCsv]);
    expect(report.reconcile.length).toBeGreaterThanOrEqual(2);
    expect(report.drift).toBe(0);
  });
});
