/** Files as people have them, counted by the real commands. */
import { describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answersOf } from '../shapes/answers.ts';
import { itemsOf, writeExport } from '../support/export-folder.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { familyOf, isRunning, kill, runCommand, until, urlOf } from './command-run.ts';
import { snapshotWhere } from './console-client.ts';

const LONG_MS = 240_000;
const shapeFile = (name: string) => join(import.meta.dirname, '../shapes', name);

/** Counts the files with the real command. @returns the counts and what it printed to stderr */
async function countsOf(directory: string, words: readonly string[]) {
  const out = join(directory, 'counts.csv');
  await using run = runCommand('aggregate', [...words, '--out', out]);
  const status = await run.ended;
  if (status !== 0) throw new Error(`It ended with ${status}: ${run.stdout()}${run.stderr()}`);
  return { counts: readFileSync(out, 'utf8'), stderr: run.stderr() };
}

describe('npm run aggregate', () => {
  it(
    'counts a CSV file with other columns, separator and dates',
    async () => {
      using directory = temporaryDirectory();
      const file = join(directory.path, 'likes.csv');
      const rows = [
        'post_id;owner;text;createdAt',
        'trattoria;ada;"a;b";2022-08-01 12:00:00',
        'trattoria ;bo;;2022-08-01 00:30:00',
      ];
      writeFileSync(file, `\ufeff${rows.join('\r\n')}\r\n`);
      const columns = ['--columns', 'restaurant=post_id,user=owner,created_at=createdAt'];
      const dates = ['--date-format', 'sql', '--date-zone', 'Europe/London'];
      const { counts, stderr } = await countsOf(directory.path, [file, ...columns, ...dates]);
      expect(counts.split('\n').slice(1)).toEqual([
        'trattoria,20220801,1',
        'trattoria,ALL_TIME,1',
        'trattoria,AUG_2022,1',
        'trattoria ,20220731,1',
        'trattoria ,ALL_TIME,1',
        'trattoria ,JUL_2022,1',
        '',
      ]);
      expect(stderr).toContain("restaurant 'trattoria' at ");
      expect(stderr.split('\n').filter((line) => line.startsWith('Ids that look alike'))).toHaveLength(1);
    },
    LONG_MS,
  );

  it(
    'counts an export of a single-table design, given as a folder or as files',
    async () => {
      using directory = temporaryDirectory();
      const folder = writeExport(directory.path, itemsOf('5'));
      const source = ['--source', shapeFile('5.json')];
      const files = [0, 1, 2].map((file) => join(folder, `data/part${file}.json.gz`));
      const [ofFolder, ofFiles] = await Promise.all([
        countsOf(directory.path, [directory.path, ...source]),
        countsOf(folder, [...files, ...source]),
      ]);
      expect(ofFolder.counts).toBe(answersOf('5').repaired);
      expect(ofFiles.counts).toBe(ofFolder.counts);
    },
    LONG_MS,
  );
});

describe('npm start', () => {
  it(
    'continues in the middle of an export after kill -9',
    async () => {
      using directory = temporaryDirectory();
      const items = itemsOf('5');
      const folder = writeExport(directory.path, items);
      const db = join(directory.path, 'db');
      {
        const words = ['--data', folder, '--source', shapeFile('5.json'), '--db', db, '--rate', '40'];
        await using killed = runCommand('start', words);
        await snapshotWhere(await urlOf(killed), ({ replay }) => replay.written > items.length / 3);
        const family = familyOf(killed.child.pid ?? 0);
        kill(killed.child.pid ?? 0);
        await until(() => !family.some(isRunning));
      }
      await using run = runCommand('start', ['--db', db]);
      const { top, replay, truth } = await snapshotWhere(
        await urlOf(run),
        (now) => now.replay.state === 'done' && now.truth.state === 'known',
      );
      expect([truth.drift, replay.written]).toEqual([0, items.length]);
      const counts = answersOf('5').repaired.matchAll(/,ALL_TIME,(\d+)$/gm);
      expect(top[0]?.count).toBe(Math.max(...Array.from(counts, ([, count]) => Number(count))));
    },
    LONG_MS,
  );
});
