import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { answersOf } from '../shapes/answers.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { runCommand, urlOf } from './command-run.ts';
import { giveOrder, snapshotWhere } from './console-client.ts';

const LONG_MS = 240_000;
const shapeFile = (name: string) => join(import.meta.dirname, '../shapes', name);

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
