/**
 * A real trace of 60,224 events, counted by an independent program beside it. Where a row of the trace repeats another
 * to the instant, that program counted rows and the table holds the favourite once: the difference is worked out here
 * from the trace itself.
 */
import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReplayReport } from '../../infra/local/replay/report.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { runCommand } from './command-run.ts';

const traceDirectory = join(import.meta.dirname, '../../../shared/data');
const hasTrace = existsSync(join(traceDirectory, 'favourites-trace.csv'));
if (!hasTrace) {
  process.stderr.write(
    'SKIPPED: the real trace needs ../shared/data/favourites-trace.csv beside the checkout\n',
  );
}

(hasTrace ? describe : describe.skip)('the real trace', () => {
  it('ends exactly in the counts of the independent program', async () => {
    using directory = temporaryDirectory();
    const at = (name: string) => join(directory.path, name);
    await using run = runCommand('aggregate', [
      join(traceDirectory, 'favourites-trace.csv'),
      ...['--out', at('counts.csv'), '--report', at('report.json'), '--batch-size', '100'],
    ]);
    expect([await run.ended, run.stderr().includes('Error')]).toEqual([0, false]);

    const repeats = repeatedRows(linesOf('favourites-trace.csv'));
    const expected = linesOf('favourites-expected.csv').map((line) => withoutRepeats(line, repeats));
    expect(readFileSync(at('counts.csv'), 'utf8').split('\n')).toEqual(expected);
    const report = JSON.parse(readFileSync(at('report.json'), 'utf8')) as ReplayReport;
    expect(report).toMatchObject({ events: 60_224, drift: 0, stale: 0, poison: 0, deadLetters: 0 });
    // Counts, not times: a slow machine makes smaller batches, never more than one request a favourite.
    expect(report.requestsPerEvent).toBeLessThanOrEqual(0.06);
    expect(report.writeUnitsPerEvent).toBeLessThanOrEqual(12.5);
  }, 600_000);
});

function linesOf(name: string): readonly string[] {
  return readFileSync(join(traceDirectory, name), 'utf8').split('\n');
}

/** Of rows that still live, those beyond the first: restaurant and window to their number. */
function repeatedRows(rows: readonly string[]): ReadonlyMap<string, number> {
  const seen = new Set<string>();
  const repeats = new Map<string, number>();
  for (const row of rows) {
    if (!row.endsWith(',') || !seen.has(row)) {
      seen.add(row);
      continue;
    }
    const [restaurantId = '', , createdAt = ''] = row.split(',');
    const date = new Date(createdAt);
    const month = date.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' }).toUpperCase();
    const day = createdAt.slice(0, 10).replaceAll('-', '');
    for (const window of ['ALL_TIME', `${month}_${date.getUTCFullYear()}`, day]) {
      repeats.set(`${restaurantId},${window}`, (repeats.get(`${restaurantId},${window}`) ?? 0) + 1);
    }
  }
  return repeats;
}

function withoutRepeats(line: string, repeats: ReadonlyMap<string, number>): string {
  const [restaurantId, window, count] = line.split(',');
  const repeated = repeats.get(`${restaurantId},${window}`);
  return repeated === undefined ? line : `${restaurantId},${window},${Number(count) - repeated}`;
}
