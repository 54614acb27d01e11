import { describe, expect, it } from '@jest/globals';
import { parseCommandLine } from '../../../infra/command-line/parse-command-line.ts';
import { options, requestOf } from '../../../infra/shadow/options.ts';

const request = (...words: string[]) => requestOf(parseCommandLine(words, options).values);
const counts = ['--counts-table', 'Counts'];
const counter = ['--counter-table', 'Shop', '--counter-id', 'id', '--counter-attribute', 'likes'];

describe('the options of the shadow', () => {
  it('compare ALL_TIME after ten seconds by default', () => {
    expect(request(...counts, ...counter)).toMatchObject({
      window: 'ALL_TIME',
      graceSeconds: 10,
      counter: { kind: 'table', tableName: 'Shop', attribute: 'likes' },
      recount: undefined,
    });
  });

  it.each([
    [[...counter], 'No --counts-table'],
    [[...counts], 'either as --counter-table NAME or as --counter-file FILE.csv'],
    [[...counts, ...counter, '--counter-file', 'f.csv'], 'either as --counter-table'],
    [[...counts, '--counter-table', 'Shop'], '--counter-table needs --counter-id'],
    [[...counts, '--counter-file', 'f.csv', '--counter-id', 'id'], 'belong to --counter-table'],
    [[...counts, ...counter, '--recount'], '--recount needs --favourites-table NAME'],
    [[...counts, ...counter, '--favourites-table', 'T'], '--favourites-table belongs to --recount'],
    [[...counts, ...counter, '--window', '2022_W60'], 'no such time window'],
    [[...counts, ...counter, '--grace', '5000'], 'expected a whole number from 0 to 3600'],
  ])('refuse %j', (words, message) => {
    expect(() => request(...words)).toThrow(message);
  });

  it('refuse a recount of a window for rows without a date', () => {
    const source = 'test/shapes/8-none.json';
    expect(() =>
      request(
        ...[...counts, ...counter, '--recount', '--favourites-table', 'T', '--source', source],
        ...['--window', 'AUG_2022'],
      ),
    ).toThrow('have no date, so they count in ALL_TIME only');
  });
});
