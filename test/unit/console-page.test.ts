import { describe, expect, it } from '@jest/globals';
import { loadPageFiles, securityHeaders } from '../../infra/local/console/page-files.ts';
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
