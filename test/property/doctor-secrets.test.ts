/** The doctor shows no id, whatever the ids and the table look like. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Item } from '../../infra/doctor/profile/sample.ts';
import { diagnoseTable } from '../support/doctor/diagnose-table.ts';

const letters = (alphabet: string) =>
  fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), minLength: 7, maxLength: 12 });
/** Long enough that none occurs in the report by chance; `j`, `q` and `x` are rare in words. */
const marker = fc.oneof(
  letters('jqxzvwk'),
  letters('JQXZVWK'),
  letters('jqxJQX0123456789'),
  letters('9753108642'),
  letters('ジキクエжщю🍜'),
);

interface Form {
  readonly key: readonly { readonly name: string; readonly type: string }[];
  readonly row: (user: string, thing: string, at: number) => Item;
}

const S = (text: string) => ({ S: text });
const pair = (a: string, b: string) => [
  { name: a, type: 'S' },
  { name: b, type: 'S' },
];
const date = (at: number) => S(new Date(Date.UTC(2026, 4, 1) + at * 3_600_000).toISOString());
const forms: readonly Form[] = [
  ...['#', ':', '|', '/', '_', '-', '::'].flatMap((separator): readonly Form[] => [
    {
      key: [{ name: 'pk', type: 'S' }],
      row: (user, thing, at) => ({ pk: S(`${user}${separator}${thing}`), created_at: date(at) }),
    },
    {
      key: pair('PK', 'SK'),
      row: (user, thing, at) => ({
        PK: S(`USER${separator}${user}`),
        SK: S(`FAV${separator}${thing}`),
        createdAt: date(at),
      }),
    },
    {
      key: pair('PK', 'SK'),
      row: (user, thing, at) => ({
        PK: S(`${user}${separator}${at}`),
        SK: S(`${thing}${separator}${user}`),
        ...(at % 2 === 0 && { note: S('x'), size: { N: '1' } }),
      }),
    },
  ]),
  {
    key: pair('user_id', 'restaurant_id'),
    row: (user, thing) => ({ user_id: S(user), restaurant_id: S(thing) }),
  },
  {
    key: [{ name: 'id', type: 'S' }],
    row: (user, thing, at) => ({
      id: S(`${at}`),
      owner: S(user),
      restaurantId: S(thing),
      createdAt: S(thing),
      status: S(user),
      kind: S(thing),
      deletedAt: S(user),
    }),
  },
];

const tables = fc.record({
  form: fc.constantFrom(...forms),
  users: fc.uniqueArray(marker, { minLength: 1, maxLength: 12 }),
  things: fc.uniqueArray(marker, { minLength: 1, maxLength: 12 }),
  rows: fc.constantFrom(1, 2, 5, 30, 120),
});

describe('the report of the doctor', () => {
  it('never holds an id, unless examples are asked for', () => {
    let shown = 0;
    fc.assert(
      fc.property(tables, ({ form, users, things, rows }) => {
        const items = Array.from({ length: rows }, (_, at) => {
          const [user = '', thing = ''] = [users[at % users.length], things[(at * 7) % things.length]];
          return form.row(user, thing, at);
        });
        const table = { key: form.key, items };
        const given = { key: [{ name: 'user_id', type: 'S' as const }], createdAt: 'none' as const };
        const reports = [
          diagnoseTable(table),
          diagnoseTable(table, { given: { ...given, restaurant: { attribute: 'owner' } } }),
        ].map(({ report }) => report);
        const leaked = [...users, ...things].filter((id) => reports.some((report) => report.includes(id)));
        expect(leaked).toEqual([]);
        const { report } = diagnoseTable(table, { showExamples: true });
        if (users.some((id) => report.includes(id))) shown += 1;
      }),
      { numRuns: 500 },
    );
    expect(shown).toBeGreaterThan(300);
  });
});
