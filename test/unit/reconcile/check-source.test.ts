/** Whether a run may use the table of favourites that it finds, and what plan says about it. */
import { describe, expect, it } from '@jest/globals';
import { defaultSource, type Source } from '../../../src/counting/source/source.ts';
import { checkSource } from '../../../src/reconcile/plan/check-source.ts';
import {
  RowIdFormChangedError,
  SourceChangedError,
  SourceMismatchError,
} from '../../../src/reconcile/plan/errors.ts';
import { type ReconcileInput, type ReconcileMode, reconcileModes } from '../../../src/reconcile/run.ts';
import type { TableFacts } from '../../../src/tables/dynamodb/describe-table.ts';
import type { SourceIdentity } from '../../../src/tables/remembered-source.ts';
import { favouritesFacts, memoryRemembered, STREAM } from '../../support/plan-tables.ts';

const identity: SourceIdentity = { tableName: 'favourites', tableId: 'table-1', rowIdForm: 'user' };
/** A surrogate key: the restaurant is an attribute. */
const surrogate: Source = {
  key: [{ name: 'id', type: 'S' }],
  restaurant: { attribute: 'postId' },
  createdAt: { attribute: 'createdAt', format: 'rfc3339' },
};
const surrogateKey = [{ name: 'id', type: 'S' }];
const undated: Source = {
  key: [
    { name: 'user_id', type: 'S', pattern: '{user}' },
    { name: 'restaurant_id', type: 'S', pattern: '{restaurant}' },
  ],
  createdAt: 'none',
};
const undatedKey = [
  { name: 'user_id', type: 'S' },
  { name: 'restaurant_id', type: 'S' },
];
const streamOf = (viewType: string, arn = STREAM) => ({ arn, viewType });

function check(
  table: Partial<TableFacts>,
  options: {
    readonly input?: Partial<ReconcileInput>;
    readonly source?: Source;
    readonly was?: SourceIdentity;
    readonly hasRegisters?: boolean;
  } = {},
) {
  const { input, source = defaultSource, was, hasRegisters = true } = options;
  const remembered = memoryRemembered(was);
  return checkSource(
    favouritesFacts(table),
    { mode: 'repair', ...input },
    { source, streamArn: STREAM, remembered, hasRegisters: () => Promise.resolve(hasRegisters) },
  );
}

const writing = reconcileModes.filter((mode) => mode !== 'verify');
const restored = { id: 'table-2' };

describe('a table that fits the settings', () => {
  it.each(reconcileModes)('needs no note in mode %s', async (mode) => {
    expect(await check({}, { input: { mode }, was: identity })).toEqual({ notes: [], identity: undefined });
  });

  it.each(writing)('is saved by the first run, in mode %s', async (mode) => {
    expect(await check({}, { input: { mode } })).toEqual({ notes: [], identity });
  });

  it('is not saved by a run that writes nothing', async () => {
    expect(await check({}, { input: { mode: 'verify' } })).toEqual({ notes: [], identity: undefined });
  });

  it.each([
    ['a restaurant in the key', 'NEW_IMAGE', {}],
    ['rows without a date', 'KEYS_ONLY', { source: undated, key: undatedKey }],
  ])(
    'may have a stream without old images for %s, and then plan notes what that costs',
    async (_, viewType, table) => {
      const { source, ...facts } = table as Partial<TableFacts> & { readonly source?: Source };
      const { notes } = await check({ ...facts, stream: streamOf(viewType) }, source && { source });
      expect(notes).toEqual([
        `The stream has the view type ${viewType}. That is enough, but each un-mark costs one failed ` +
          'condition; ' +
          'NEW_AND_OLD_IMAGES avoids it.',
      ]);
    },
  );

  it('needs no note with old images alone, if new images are not needed', async () => {
    const table = { key: undatedKey, stream: streamOf('OLD_IMAGE') };
    expect((await check(table, { source: undated })).notes).toEqual([]);
  });
});

describe('a table with another key', () => {
  const key = [{ name: 'restaurant_id_user_id', type: 'S' }];

  it.each([
    ['another name', [{ name: 'pk', type: 'S' }], 'its key is pk (S), '],
    [
      'another type',
      [{ name: 'restaurant_id_user_id', type: 'N' }],
      'its key is restaurant_id_user_id (N), ',
    ],
    [
      'a sort key beside it',
      [...key, { name: 'version', type: 'N' }],
      'restaurant_id_user_id (S), version (N), ',
    ],
  ])('stops every run: %s', async (_, found, issue) => {
    for (const mode of reconcileModes) {
      const run = check({ key: found }, { input: { mode }, was: identity });
      await expect(run).rejects.toThrow(SourceMismatchError);
      await expect(run).rejects.toThrow(issue);
      await expect(run).rejects.toThrow(
        'but the setting source describes restaurant_id_user_id (S): correct source, or deploy with the ' +
          'table',
      );
    }
  });

  it('stops the run if partition key and sort key are swapped', async () => {
    const run = check({ key: undatedKey.toReversed() }, { source: undated });
    await expect(run).rejects.toThrow(
      'its key is restaurant_id (S), user_id (S), but the setting source describes ' +
        'user_id (S), restaurant_id (S)',
    );
  });
});

describe('a table with another stream', () => {
  const other = STREAM.replace('2024-06-01', '2024-07-01');
  const cases: readonly (readonly [string, Partial<TableFacts>, Source, string])[] = [
    ['no stream', { stream: undefined }, defaultSource, 'it has no stream, and the pipe reads'],
    [
      'keys only',
      { stream: streamOf('KEYS_ONLY') },
      defaultSource,
      'its stream has the view type KEYS_ONLY, but the records need NEW_IMAGE or NEW_AND_OLD_IMAGES: disable',
    ],
    ['old images only', { stream: streamOf('OLD_IMAGE') }, defaultSource, 'the view type OLD_IMAGE'],
    [
      'no old images, with the restaurant outside the key',
      { key: surrogateKey, stream: streamOf('NEW_IMAGE') },
      surrogate,
      'the view type NEW_IMAGE, but the records need NEW_AND_OLD_IMAGES:',
    ],
    [
      'a stream that the pipe does not read',
      { stream: streamOf('NEW_AND_OLD_IMAGES', other) },
      defaultSource,
      `its stream is ${other}, but the pipe reads ${STREAM}: deploy with the stream of the table`,
    ],
  ];

  it.each(cases)('stops repair and seed: %s', async (_, table, source, issue) => {
    for (const mode of ['repair', 'seed'] as const) {
      await expect(check(table, { input: { mode }, source })).rejects.toThrow(issue);
    }
  });

  it.each(cases)('is only a note in verify and redrive: %s', async (_, table, source, issue) => {
    for (const mode of ['verify', 'redrive'] as const) {
      const { notes } = await check(table, { input: { mode }, source });
      expect(notes).toEqual([expect.stringContaining(issue)]);
    }
  });

  it('is reported together with all other differences', async () => {
    const table = { key: [{ name: 'pk', type: 'S' }], stream: streamOf('KEYS_ONLY', other) };
    await expect(check(table)).rejects.toThrow(
      /^Table favourites does not fit the settings: its key is .*; its stream has .*; its stream is /,
    );
  });
});

describe('another table than the one that was counted', () => {
  it.each(writing)('stops a run of mode %s, which says both and what to do', async (mode) => {
    const run = check(restored, { input: { mode }, was: identity });
    await expect(run).rejects.toThrow(SourceChangedError);
    await expect(run).rejects.toThrow(
      'Favourites is now table favourites (table-2), but the counts were made from table favourites ' +
        '(table-1). ' +
        'Nothing was changed.',
    );
    await expect(run).rejects.toThrow('"acceptSource": true');
  });

  it.each(writing)('is saved by a run of mode %s that accepts it', async (mode) => {
    const input: Partial<ReconcileInput> = { mode, acceptSource: true };
    const { notes, identity: next } = await check(restored, { input, was: identity });
    expect(next).toEqual({ ...identity, tableId: 'table-2' });
    expect(notes).toEqual([expect.stringContaining('Favourites is now table favourites (table-2)')]);
  });

  it('is noted by verify, which goes on', async () => {
    const { notes, identity: next } = await check(restored, { input: { mode: 'verify' }, was: identity });
    expect(notes).toEqual([expect.stringContaining('(table-1)')]);
    expect(next).toBeUndefined();
  });
});

describe('another form of the row ids', () => {
  const was = { ...identity, rowIdForm: 'id (S)' };
  const run = (mode: ReconcileMode, acceptSource = false) =>
    check({}, { input: { mode, acceptSource }, was });

  it.each(writing)('stops a run of mode %s, whatever the input accepts', async (mode) => {
    await expect(run(mode)).rejects.toThrow(RowIdFormChangedError);
    await expect(run(mode, true)).rejects.toThrow(
      'The registers identify their rows by id (S), but the setting source now identifies them by user. ' +
        'The form of the row id does not change in place: that takes fresh tables.',
    );
  });

  it.each(writing)('is saved by a run of mode %s while there is no register', async (mode) => {
    const checked = await check({}, { input: { mode }, was, hasRegisters: false });
    expect(checked).toEqual({ notes: [], identity });
  });

  it('is noted by verify, which goes on', async () => {
    expect((await run('verify')).notes).toEqual([expect.stringContaining('does not change in place')]);
  });

  it.each([
    ['the name of a key attribute', { key: [{ name: 'uuid', type: 'S' as const }] }, 'uuid (S)'],
    ['the type of a key attribute', { key: [{ name: 'id', type: 'N' as const }] }, 'id (N)'],
    [
      'the order of two key attributes',
      {
        key: [
          { name: 'b', type: 'S' as const },
          { name: 'a', type: 'S' as const },
        ],
      },
      'b (S), a (S)',
    ],
  ])('is %s where the whole key is the row id', async (_, changed, form) => {
    const source = { ...surrogate, ...changed };
    const { identity: next } = await check({ key: source.key }, { source });
    expect(next?.rowIdForm).toBe(form);
  });

  it('is not found if only key attributes were renamed, and the user is still the row id', async () => {
    const source: Source = {
      ...defaultSource,
      key: [{ name: 'pk', type: 'S', pattern: '{user}:{restaurant}' }],
    };
    const { identity: next } = await check({ key: source.key }, { source, was: identity });
    expect(next).toBeUndefined();
  });
});
