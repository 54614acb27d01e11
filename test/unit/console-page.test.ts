import { describe, expect, it } from '@jest/globals';
import { loadPageFiles, securityHeaders } from '../../infra/local/console/page-files.ts';
import { detailText, verdictText } from '../../infra/local/console/page/top/truth-words.ts';
import { compact, duration, fraction, percent } from '../../infra/local/console/page/format.ts';
import {
  daysOf,
  monthIn,
  monthsOf,
  titleOf,
  today,
} from '../../infra/local/console/page/leaderboard/windows.ts';

describe('the windows of the page', () => {
  it('are written for people', () => {
    expect(['ALL_TIME', 'AUG_2022', '20220801'].map(titleOf)).toEqual([
      'All time',
      'August 2022',
      '1 August 2022',
    ]);
  });

  it('are offered the newest first, a month also when only a day of it is known', () => {
    const windows = ['ALL_TIME', 'AUG_2022', '20220801', '20220830', '20211231', 'JAN_2023'];
    expect(monthsOf(windows)).toEqual(['JAN_2023', 'AUG_2022', 'DEC_2021']);
    expect(daysOf(windows)).toEqual(['20220830', '20220801', '20211231']);
    expect(daysOf(windows, 'AUG_2022')).toEqual(['20220830', '20220801']);
  });

  it('know the month that they lie in', () => {
    expect(['ALL_TIME', 'AUG_2022', '20220801'].map(monthIn)).toEqual([undefined, 'AUG_2022', 'AUG_2022']);
  });

  it('have a day of today', () => {
    expect(today()).toMatch(/^\d{8}$/);
  });
});

describe('the numbers of the page', () => {
  it('are short', () => {
    expect([0, 9_999, 12_345].map(compact)).toEqual(['0', '9,999', '12.3K']);
    expect([0.031_23, 8.714].map(fraction)).toEqual(['0.0312', '8.71']);
    expect([340, 12_512].map(duration)).toEqual(['340 ms', '12.5 s']);
    expect([0.05, 1].map(percent)).toEqual(['5%', '100%']);
  });
});

describe('the words of the truth meter', () => {
  const atMs = Date.UTC(2026, 0, 1, 14, 2, 11);
  const known = { state: 'known', drift: 0, favourites: 1_200, countsCompared: 2_128, atMs } as const;

  it('are of now when the counts have been recounted', () => {
    expect(verdictText(known)).toBe('All 2,128 counts are right');
    expect(verdictText({ ...known, drift: 1 })).toBe('1 count is wrong');
    expect(detailText(known)).toBe('Against a recount of 1,200 favourites at 14:02:11');
  });

  it('are of then, with the time, when they could not be recounted since', () => {
    const late = { ...known, problem: 'The pipe is 27 s behind: the next recount waits for it.' };
    expect(verdictText(late)).toBe('All 2,128 counts were right');
    expect(verdictText({ ...late, drift: 45 })).toBe('45 counts were wrong');
    expect(detailText(late)).toBe(`${late.problem} The last was at 14:02:11.`);
  });

  it('promise nothing before the first recount', () => {
    expect(verdictText({ state: 'unknown' })).toBe('Not recounted yet');
    expect(detailText({ state: 'unknown', problem: 'It failed.' })).toBe('It failed.');
  });
});

describe('the files of the page', () => {
  const files = loadPageFiles();

  it('are what the page asks for, and nothing of it stands inline: its policy forbids that', () => {
    const html = files.get('/')?.body.toString('utf8') ?? '';
    const asked = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
    expect(new Set(['/', ...asked])).toEqual(new Set(files.keys()));
    expect(html).not.toMatch(/<style|style=|<script(?![^>]* src=)|\son\w+=/);
    expect(securityHeaders['content-security-policy']).not.toMatch(/unsafe|\*|https?:/);
  });

  it('are light', () => {
    const bytes = [...files.values()].reduce((sum, { body }) => sum + body.length, 0);
    expect(bytes).toBeLessThan(120_000);
  });
});
