import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { securityHeaders } from '../../infra/local/console/page-file-names.ts';
import { loadPageFiles } from '../../infra/local/console/page-files.ts';
import { detailText, verdictText } from '../../infra/local/console/page/top/truth-words.ts';
import { compact, duration, fraction, percent } from '../../infra/local/console/page/format.ts';
import { partsOfId } from '../../infra/local/console/page/ids/id-parts.ts';
import { isPathId } from '../../infra/local/console/page/restaurant/path-id.ts';
import { isId } from '../../src/api/path.ts';
import { windowAt } from '../../src/counting/time-window.ts';
import {
  byKind,
  presentWindows,
  selectsOf,
  titleOf,
} from '../../infra/local/console/page/leaderboard/windows.ts';

describe('the windows in the select lists of the page', () => {
  it('have readable titles', () => {
    expect(['ALL_TIME', 'AUG_2022', '20220801'].map(titleOf)).toEqual([
      'All time',
      'August 2022',
      '1 August 2022',
    ]);
  });

  const windows = [
    'ALL_TIME',
    '20220801',
    'AUG_2022',
    '20220830',
    '20211231',
    'DEC_2021',
    'JAN_2023',
    '20230101',
  ];
  const chosen = (window: string, offered = windows) =>
    selectsOf(window, byKind([...offered, window])).map(({ kind, value, options, whole, isDisabled }) => ({
      kind,
      value,
      options,
      whole,
      isDisabled,
    }));

  it('are grouped by kind, newest first', () => {
    const months = ['JAN_2023', 'AUG_2022', 'DEC_2021'];
    expect(chosen('ALL_TIME')).toEqual([
      { kind: 'MONTH', value: '', options: months, whole: 'ALL_TIME', isDisabled: false },
      {
        kind: 'DAY',
        value: '',
        options: ['20230101', '20220830', '20220801', '20211231'],
        whole: 'ALL_TIME',
        isDisabled: true,
      },
    ]);
  });

  it('include the days of the shown month, or of the month of the shown day', () => {
    const days = { kind: 'DAY', options: ['20220830', '20220801'], whole: 'AUG_2022', isDisabled: false };
    expect(chosen('AUG_2022')).toMatchObject([
      { kind: 'MONTH', value: 'AUG_2022' },
      { ...days, value: '' },
    ]);
    expect(chosen('20220801')).toMatchObject([
      { kind: 'MONTH', value: 'AUG_2022' },
      { ...days, value: '20220801' },
    ]);
    expect(selectsOf('AUG_2022', byKind(windows))[1]?.wholeTitle).toBe('Whole month');
  });

  it('include every kept kind; a shorter window is offered within the longer one', () => {
    const all = ['2022', 'AUG_2022', 'SEP_2022', '2022_W35', '2022_W36', '20220831', '20220901', '20220905'];
    expect(chosen('2022', all).map(({ kind, options }) => [kind, options])).toEqual([
      ['YEAR', ['2022']],
      ['MONTH', ['SEP_2022', 'AUG_2022']],
      ['WEEK', ['2022_W36', '2022_W35']],
      ['DAY', ['20220905', '20220901', '20220831']],
    ]);
    // The week of 1 September begins in August.
    expect(chosen('20220901', all).map(({ value, options }) => [value, options])).toEqual([
      ['2022', ['2022']],
      ['SEP_2022', ['SEP_2022', 'AUG_2022']],
      ['2022_W35', ['2022_W36', '2022_W35']],
      ['20220901', ['20220901', '20220831']],
    ]);
  });

  it('include the current window of each kind', () => {
    const nowMs = Date.now();
    expect(
      presentWindows(byKind([windowAt('WEEK', nowMs, 'UTC'), windowAt('DAY', nowMs, 'UTC')]), 'UTC'),
    ).toEqual([
      ['All time', 'ALL_TIME'],
      ['This week', windowAt('WEEK', nowMs, 'UTC')],
      ['Today', windowAt('DAY', nowMs, 'UTC')],
    ]);
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

describe('the sentences of the truth meter', () => {
  const atMs = Date.UTC(2026, 0, 1, 14, 2, 11);
  const known = { state: 'known', drift: 0, favourites: 1_200, countsCompared: 2_128, atMs } as const;

  it('are in the present tense after a recount', () => {
    expect(verdictText(known)).toBe('All 2,128 counts are right');
    expect(verdictText({ ...known, drift: 1 })).toBe('1 count is wrong');
    expect(detailText(known)).toBe('Compared with a recount of 1,200 favourites at 14:02:11 UTC');
  });

  it('are in the past tense, with the time, when no later recount was possible', () => {
    const late = { ...known, problem: 'The pipe is 27 s behind: the next recount waits for it.' };
    expect(verdictText(late)).toBe('All 2,128 counts were right');
    expect(verdictText({ ...late, drift: 45 })).toBe('45 counts were wrong');
    expect(detailText(late)).toBe(`${late.problem} Last recount at 14:02:11 UTC.`);
  });

  it('say until the first recount that there was none yet', () => {
    expect(verdictText({ state: 'unknown' })).toBe('Not recounted yet');
    expect(detailText({ state: 'unknown', problem: 'It failed.' })).toBe('It failed.');
  });
});

describe('an id on the page', () => {
  const shownAs = (id: string) => partsOfId(id).map(({ text, sign }) => sign ?? text);

  it.each([
    ['Café Ω 2', ['Café Ω 2']],
    [' r1', ['␣', 'r1']],
    ['r1  ', ['r1', '␣␣']],
    ['a  b', ['a', '␣␣', 'b']],
    ['   ', ['␣␣␣']],
    ['a\nb\u00a0c\u202ed', ['a', '⟨000A⟩', 'b', '⟨00A0⟩', 'c', '⟨202E⟩', 'd']],
    ['👩‍🍳', ['👩‍🍳']],
    ['می‌خواهم', ['می‌خواهم']],
    ['r1\u200d', ['r1', '⟨200D⟩']],
  ])('shows signs for what nobody would see: %j', (id, shown) => {
    expect(shownAs(id)).toEqual(shown);
  });

  it('always keeps its characters, so that a copy of it is the id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (id) => {
        expect(
          partsOfId(id)
            .map(({ text }) => text)
            .join(''),
        ).toBe(id);
      }),
    );
  });

  it('always goes to the API in a path if and only if the API takes it there', () => {
    const special = fc.constantFrom('.', '..', ' ', '/', '?', '#', '%', '\u0000', '\u007f', '\u0085', 'é');
    const id = fc.oneof(
      special,
      fc.string({ unit: fc.oneof(special, fc.string({ unit: 'binary', maxLength: 1 })) }),
      fc.integer({ min: 80, max: 260 }).map((length) => 'é'.repeat(length)),
    );
    fc.assert(fc.property(id, (text) => expect(isPathId(text)).toBe(isId(text))));
    expect(['\ud800', 'a'.repeat(256), 'a'.repeat(257)].map(isPathId)).toEqual([false, true, false]);
  });
});

describe('the files of the page', () => {
  const files = loadPageFiles();

  it('are exactly the files that the page loads, without inline code, which its policy forbids', () => {
    const html = files.get('/')?.body.toString('utf8') ?? '';
    const asked = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
    expect(new Set(['/', ...asked])).toEqual(new Set(files.keys()));
    expect(html).not.toMatch(/<style|style=|<script(?![^>]* src=)|\son\w+=/);
    expect(securityHeaders['content-security-policy']).not.toMatch(/unsafe|\*|https?:/);
  });

  it('are small', () => {
    const bytes = [...files.values()].reduce((sum, { body }) => sum + body.length, 0);
    expect(bytes).toBeLessThan(120_000);
  });
});
