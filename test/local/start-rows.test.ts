import { describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answersOf } from '../shapes/answers.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { runCommand, urlOf } from './command-run.ts';
import { giveOrder, snapshotWhere } from './console-client.ts';

const LONG_MS = 240_000;
const shapeFile = (name: string) => join(import.meta.dirname, '../shapes', name);

describe('npm start with --time-zone', () => {
  it(
    'continues in the time zone of its directory, and is right in another one after a reconcile',
    async () => {
      using directory = temporaryDirectory();
      const [data, db] = [join(directory.path, 'f.csv'), join(directory.path, 'db')];
      // The next month in Kathmandu, and still the month before in São Paulo.
      writeFileSync(data, 'restaurant_id,user_id,created_at\nr1,u1,2022-07-31T20:00:00Z\n');
      const known = async (words: readonly string[], then: (url: string, drift: number) => Promise<void>) => {
        await using run = runCommand('start', ['--db', db, ...words]);
        const url = await urlOf(run);
        const { truth } = await snapshotWhere(
          url,
          ({ replay, truth: { state } }) => replay.state === 'done' && state === 'known',
        );
        await then(url, truth.drift ?? 0);
        run.child.kill('SIGTERM');
        expect(await run.ended).toBe(0);
        return run.stderr();
      };
      const countOf = async (url: string, window: string) =>
        (await snapshotWhere(url, (snapshot) => snapshot.window === window, window)).top[0]?.count;
      const inKathmandu = async (url: string, drift: number) => {
        expect([drift, await countOf(url, 'AUG_2022')]).toEqual([0, 1]);
      };
      await known(['--data', data, '--time-zone', 'Asia/Kathmandu'], inKathmandu);
      expect(await known([], inKathmandu)).toBe('');

      const note = await known(['--time-zone', 'America/Sao_Paulo'], async (url, drift) => {
        expect(drift).toBeGreaterThan(0);
        await giveOrder(url, 'POST /console/reconcile', { mode: 'repair' });
        await snapshotWhere(
          url,
          ({ reconcile, truth }) => reconcile.last?.kind === 'succeeded' && truth.drift === 0,
        );
        expect(await countOf(url, 'JUL_2022')).toBe(1);
      });
      expect(note).toMatch(/^.* has counted in the time zone Asia\/Kathmandu until now\. Press Reconcile /);
      expect(note).toMatch(/ in America\/Sao_Paulo\.\n$/);
    },
    LONG_MS,
  );
});

describe('npm start with --source', () => {
  it(
    'shows the counts of a table of another shape, and continues with the same source',
    async () => {
      using directory = temporaryDirectory();
      const db = join(directory.path, 'db');
      {
        const words = ['--data', shapeFile('5.jsonl'), '--source', shapeFile('5.json'), '--db', db];
        await using run = runCommand('start', words);
        const url = await urlOf(run);
        const { top, truth, hearts } = await snapshotWhere(
          url,
          ({ replay, truth: { state } }) => replay.state === 'done' && state === 'known',
        );
        expect([truth.drift, hearts]).toEqual([0, 'console']);
        const [, restaurant, count] = winnerOf(answersOf('5').atRest);
        expect(top[0]).toEqual({ restaurantId: restaurant, count: Number(count), rank: 1 });

        const heart = (method: string, user = 'ada') =>
          fetch(`${url}console/favourites?user=${user}&restaurant=${restaurant}`, { method });
        expect((await heart('PUT')).status).toBe(204);
        await snapshotWhere(url, (now) => now.top[0]?.count === Number(count) + 1);
        expect(await (await heart('GET')).json()).toEqual({ marked: [restaurant] });
        expect((await heart('DELETE')).status).toBe(204);
        await snapshotWhere(url, (now) => now.top[0]?.count === Number(count));
        expect((await heart('PUT', '')).status).toBe(400);

        await giveOrder(url, 'POST /console/load', { rate: 100, skew: 1 });
        await snapshotWhere(url, ({ load }) => load.written > 100);
        await giveOrder(url, 'POST /console/load', { rate: 0, skew: 1 });
        const favourite = await fetch(`${url}users/ada/favourites/r1`, { method: 'PUT' });
        expect(favourite.status).toBe(404);
        await giveOrder(url, 'POST /console/reconcile', { mode: 'repair' });
        await snapshotWhere(url, ({ reconcile }) => reconcile.last?.kind === 'succeeded');
        run.child.kill('SIGTERM');
        expect(await run.ended).toBe(0);
      }
      await using other = runCommand('start', ['--db', db, '--source', shapeFile('9.json')]);
      expect(await other.ended).toBe(1);
      expect(other.stderr()).toBe(
        `${db} was filled with another --source; continue with that one, or give another --db.\n`,
      );

      await using again = runCommand('start', ['--db', db]);
      const { truth } = await snapshotWhere(await urlOf(again), ({ truth: { state } }) => state === 'known');
      expect(truth.drift).toBe(0);
    },
    LONG_MS,
  );
});

/** The row of the counts with the most favourites of all time. */
function winnerOf(csv: string): readonly string[] {
  const rows = csv.split('\n').flatMap((line) => {
    const [, restaurant, count] = /^([^"]*),ALL_TIME,(\d+)$/.exec(line) ?? [];
    return restaurant === undefined || count === undefined ? [] : [[line, restaurant, count] as const];
  });
  return rows.toSorted(([, , a], [, , b]) => Number(b) - Number(a))[0] ?? [];
}
