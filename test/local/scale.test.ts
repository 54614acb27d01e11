/** `npm run bench:scale` with a few hundred favourites and without its times. */
import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { runScale, type Sample } from '../bench/scale/scale-run.ts';

const root = join(import.meta.dirname, '../..');

describe('the run with a viral restaurant', () => {
  it('counts every event in several lanes, and every count equals a recount', async () => {
    const samples: Sample[] = [];
    const result = await runScale({
      favourites: 900,
      restaurants: 40,
      viralShare: 0.5,
      lanes: 4,
      sampleEveryMs: 200,
      onSample: (sample) => samples.push(sample),
      signal: new AbortController().signal,
    });
    const { report } = result;
    expect(report).toMatchObject({ events: 1_000, drift: 0, poison: 0, deadLetters: 0 });
    expect(report.rows.counted).toBe(800);
    expect(samples.at(-1)).toMatchObject({ written: 1_000, counted: 1_000, lagMs: 0 });
    expect(samples.at(-1)?.engineMb).toBeGreaterThan(0);
    // Every conflict is in one of the samples.
    expect(samples.reduce((sum, { conflicts }) => sum + conflicts, 0)).toBe(result.conflicts);
    expect(samples.reduce((sum, { transactions }) => sum + transactions, 0)).toBe(report.transactions);
  });
});

describe('npm run bench:scale', () => {
  const run = (...options: readonly string[]) => {
    const words = ['--disable-warning=ExperimentalWarning', '--import', 'tsx', 'test/bench/scale.ts'];
    return spawnSync(process.execPath, [...words, ...options], { cwd: root, encoding: 'utf8' });
  };

  it.each([
    [['--viral-share', '1.5'], /--viral-share 1\.5: expected a number from 0 to 1/],
    [['--lanes', '11'], /--lanes 11: expected a whole number from 1 to 10/],
    [['--favourites', '0'], /--favourites 0: expected a whole number from 1 to 100000000/],
    [['--out', '/missing/scale.json'], /--out \/missing\/scale\.json cannot be written/],
    [['trace.csv'], /Leave out trace\.csv/],
  ])('refuses %p before it starts anything', (options, message) => {
    const { status, stderr } = run(...options);
    expect(stderr).toMatch(message);
    expect(status).toBe(1);
  });
});
