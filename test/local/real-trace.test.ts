/**
 * A real trace on the local stack: counted exactly and within the promised cost, and read through the client
 * and the API. The file of the trace may be missing; test/local/client.test.ts reads a small file instead.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { type LocalRun, startLocalRun } from '../../infra/local/local-run.ts';
import { recount } from '../../infra/local/replay/drift.ts';
import { countsCsv } from '../../infra/local/replay/counts-csv.ts';
import { replaySettings } from '../../infra/local/replay/replay-settings.ts';
import { summarize } from '../../infra/local/replay/report.ts';
import { type CountsByWindow, countsByWindow } from '../support/favourites-file.ts';
import { withSharedFiles } from '../support/shared-files.ts';
import { clientOf } from './api-client.ts';
import {
  allPages,
  expectCounts,
  expectRanked,
  expectSameCounts,
  favouriteCountsOf,
  play,
} from './client-agreement.ts';

const LONG_MS = 600_000;
const SEED = 1;

/** 60,222 events of real users; an independent program computed the counts. */
withSharedFiles(
  ['data/favourites-trace.csv', 'data/favourites-expected.csv'],
  (trace = '', expectedFile = '') => {
    describe('a real trace', () => {
      const expectedCsv = readFileSync(expectedFile, 'utf8');
      let run: LocalRun;
      let played: Awaited<ReturnType<typeof play>>;
      let expected: CountsByWindow;
      beforeAll(async () => {
        expected = countsByWindow(expectedCsv);
        run = await startLocalRun({ settings: replaySettings({ batchSize: 100 }), seed: SEED });
        played = await play(run, trace);
      }, LONG_MS);
      afterAll(() => run.stop());

      it(
        'ends with exactly the counts of an independent program, within the promised cost',
        async () => {
          using recounted = await recount(run);
          expect([...countsCsv(recounted.counts())].join('') === expectedCsv).toBe(true);
          const report = summarize(run, {
            ...{ events: played.events, seconds: played.seconds, seed: SEED },
            ...{ rows: recounted.rows, drift: recounted.driftCount, damage: undefined, reconcile: [] },
          });
          expect(report).toMatchObject({ events: 60_222, drift: 0, stale: 0, poison: 0, deadLetters: 0 });
          // This counts requests instead of measuring time: a slow machine makes smaller batches, but never
          // more than one request per favourite.
          expect(report.requestsPerEvent).toBeLessThanOrEqual(0.06);
          expect(report.writeUnitsPerEvent).toBeLessThanOrEqual(12.5);
        },
        LONG_MS,
      );

      it(
        'is read through the client: every count of every window',
        async () => {
          await expectCounts(favouriteCountsOf(run), expected);
        },
        LONG_MS,
      );

      it(
        'is ranked by the client page by page as by the API, and as the counts say',
        async () => {
          const both = { client: favouriteCountsOf(run), api: clientOf(run) };
          const largest = [...expected].toSorted(([, a], [, b]) => b.size - a.size).map(([name]) => name);
          for (const window of [...largest.slice(0, 12), ...largest.slice(-3)]) {
            expectRanked(await allPages(both, window, 100), expected.get(window));
          }
          const [busiest = ''] = largest.filter((name) => /^\d{8}$/.test(name));
          expectRanked(await allPages(both, busiest, 7), expected.get(busiest));

          const ids = [...(expected.get('ALL_TIME')?.keys() ?? [])];
          const some = ids.filter((_, at) => at % Math.ceil(ids.length / 60) === 0);
          await expectSameCounts(both, [...some, 'nobody'], largest.slice(0, 100));
        },
        LONG_MS,
      );
    });
  },
);

// Jest fails a file without a test.
describe('the file of expected counts', () => {
  it('is read by window and restaurant', () => {
    const csv = 'restaurant_id,time_window,favourite_count\nr1,ALL_TIME,2\n"a, ""b""",ALL_TIME,1\n';
    const counts = new Map(Object.entries({ r1: 2, 'a, "b"': 1 }));
    expect(countsByWindow(csv)).toEqual(new Map([['ALL_TIME', counts]]));
  });
});
