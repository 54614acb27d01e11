import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseFavouriteEvents } from '../../../src/counting/favourite-event.ts';
import { createMapping } from '../../../src/counting/mapping.ts';
import type { RegisterKey } from '../../../src/counting/register-key.ts';
import { defaultSource, type Source } from '../../../src/counting/source/source.ts';
import { STREAM_ARN, sequenceNumberOf } from '../../support/stream-records.ts';

const S = (text: string) => ({ S: text });
const at = S('2022-08-01T12:00:00Z');
const likes: Source = {
  key: [{ name: 'id', type: 'S' }],
  restaurant: { attribute: 'postId' },
  createdAt: { attribute: 'at', format: 'rfc3339' },
  countedWhen: { attribute: 'deleted', notEquals: true },
};
const single: Source = {
  key: [
    { name: 'PK', type: 'S', pattern: 'USER#{user}' },
    { name: 'SK', type: 'S', pattern: 'FAV#{restaurant}' },
  ],
  createdAt: { attribute: 'at', format: 'rfc3339' },
  updates: true,
};
const key = (restaurantId: string, rowId: string) => ({ restaurantId, rowId }) as unknown as RegisterKey;
const readRow = (source: Source, item: object) => createMapping(source, 'UTC').readRow(item);
const reasonOf = (source: Source, item: object) => {
  const row = readRow(source, item);
  return row.kind === 'uncountable' ? row.rejection.reason : row.kind;
};

describe('a row', () => {
  it('is named by its user if the key holds restaurant and user and nothing else', () => {
    const row = { PK: S('USER#u1'), SK: S('FAV#r1'), at };
    expect(readRow(single, row)).toEqual({
      kind: 'countable',
      key: key('r1', 'u1'),
      createdAt: '2022-08-01T12:00:00Z',
    });
  });

  it('is named by its whole key otherwise, and two attributes cannot be confused', () => {
    expect(readRow(likes, { id: S('a'), postId: S('r1'), at }).key).toEqual(key('r1', 'a'));
    const pair: Source = {
      ...likes,
      key: [
        { name: 'p', type: 'S' },
        { name: 's', type: 'S' },
      ],
    };
    const named = (p: string, s: string) =>
      readRow(pair, { p: S(p), s: S(s), postId: S('r1'), at }).key?.rowId;
    expect(named('a', 'b')).toBe('["a","b"]');
    expect(new Set([named('a","b', 'c'), named('a', 'b","c'), named('a,b', 'c')]).size).toBe(3);
  });

  it('is another kind of item if its key lacks a literal, or if it has no restaurant', () => {
    expect(reasonOf(single, { PK: S('USER#u1'), SK: S('FAVS#r1') })).toBe('not-ours');
    expect(reasonOf(single, { PK: S('ORG#u1'), SK: S('FAV#r1') })).toBe('not-ours');
    expect(reasonOf(likes, { id: S('a'), at })).toBe('not-ours');
    expect(reasonOf(likes, { id: S('a'), at, postId: { NULL: true } })).toBe('not-ours');
  });

  it.each([
    ['another type of restaurant', { postId: { BOOL: true }, at }, 'unreadable-restaurant'],
    ['an empty restaurant', { postId: S(''), at }, 'unreadable-restaurant'],
    ['a restaurant of 2,049 bytes', { postId: S('r'.repeat(2_049)), at }, 'unreadable-restaurant'],
    ['no date', { postId: S('r1') }, 'unreadable-created-at'],
    ['another type of flag', { postId: S('r1'), at, deleted: S('true') }, 'unreadable-condition'],
    ['a flag of null', { postId: S('r1'), at, deleted: { NULL: true } }, 'unreadable-condition'],
  ])('is rejected with %s', (_, attributes, reason) => {
    expect(reasonOf(likes, { id: S('a'), ...attributes })).toBe(reason);
  });

  it('keeps its name when it is rejected for anything but its restaurant', () => {
    expect(readRow(likes, { id: S('a'), postId: S('r1') }).key).toEqual(key('r1', 'a'));
    expect(readRow(likes, { id: S('a'), postId: { BOOL: true } }).key).toBeUndefined();
  });

  it('does not count by its flag even if its date is unreadable', () => {
    expect(reasonOf(likes, { id: S('a'), postId: S('r1'), deleted: { BOOL: true } })).toBe('uncounted');
  });

  it.each<[Source['countedWhen'], object, boolean]>([
    [{ attribute: 'f', equals: 'on' }, { f: S('on') }, true],
    [{ attribute: 'f', equals: 'on' }, { f: S('off') }, false],
    [{ attribute: 'f', equals: 'on' }, {}, false],
    [{ attribute: 'f', notEquals: 'on' }, {}, true],
    [{ attribute: 'f', notEquals: 'on' }, { f: S('on') }, false],
    [{ attribute: 'f', equals: 1 }, { f: { N: '1.0' } }, true],
    [{ attribute: 'f', equals: 0 }, { f: { N: '1' } }, false],
    [{ attribute: 'f', equals: false }, { f: { BOOL: false } }, true],
    [{ attribute: 'f', notEquals: false }, { f: { BOOL: false } }, false],
    [{ attribute: 'f', exists: false }, {}, true],
    [{ attribute: 'f', exists: false }, { f: S('') }, false],
    [{ attribute: 'f', exists: true }, { f: { NULL: true } }, true],
  ])('is counted when %j for %j: %j', (countedWhen, attributes, counts) => {
    const source: Source = { ...likes, ...(countedWhen && { countedWhen }) };
    const row = { id: S('a'), postId: S('r1'), at, ...attributes };
    expect(reasonOf(source, row)).toBe(counts ? 'countable' : 'uncounted');
  });

  it('agrees with a key of text if its ids are numbers with the same digits', () => {
    const row = (restaurant: object) => ({
      restaurant_id_user_id: S('0123#456'),
      restaurant_id: restaurant,
      user_id: { N: '456' },
      created_at: at,
    });
    expect(reasonOf(defaultSource, row({ N: '123' }))).toBe('countable');
    expect(reasonOf(defaultSource, row({ N: '124' }))).toBe('ids-disagree');
    expect(reasonOf(defaultSource, row(S('123')))).toBe('ids-disagree');
  });

  it('reads numeric ids of 38 digits without loss, however they are written', () => {
    const big = '12345678901234567890123456789012345678';
    const numeric: Source = { ...likes, key: [{ name: 'id', type: 'N' }] };
    expect(readRow(numeric, { id: { N: big }, postId: { N: `${big}.0` }, at }).key).toEqual(key(big, big));
    expect(readRow(numeric, { id: { N: '007' }, postId: { N: '7' }, at }).key).toEqual(key('7', '7'));
  });

  it('is rejected if the two places of an id in its key disagree', () => {
    const twice: Source = {
      ...single,
      key: [
        { name: 'PK', type: 'S', pattern: 'U#{user}' },
        { name: 'SK', type: 'S', pattern: 'F#{user}#{restaurant}' },
      ],
    };
    expect(readRow(twice, { PK: S('U#a'), SK: S('F#a#r'), at }).key).toEqual(key('r', '["U#a","F#a#r"]'));
    expect(reasonOf(twice, { PK: S('U#a'), SK: S('F#b#r'), at })).toBe('ids-disagree');
  });
});

describe('the key of the row that a register belongs to', () => {
  const sources: Readonly<Record<string, Source>> = {
    default: defaultSource,
    single,
    surrogate: likes,
    pair: {
      ...likes,
      key: [
        { name: 'p', type: 'S' },
        { name: 's', type: 'N' },
      ],
    },
    reversed: { ...single, key: [{ name: 'pk', type: 'S', pattern: '{user}:{restaurant}' }] },
    numeric: {
      ...single,
      key: [
        { name: 'u', type: 'N', pattern: '{user}' },
        { name: 'r', type: 'N', pattern: '{restaurant}' },
      ],
    },
    literal: {
      ...single,
      key: [
        { name: 'PK', type: 'S', pattern: '{restaurant}' },
        { name: 'SK', type: 'S', pattern: 'F#{user}' },
      ],
    },
  };
  const id = fc.string({
    unit: fc.constantFrom('#', ':', '"', ',', '7', '0', '.', 'é', '𝄞', 'F', 'USER#'),
    minLength: 1,
    maxLength: 5,
  });
  const number = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }).map(String);

  it.each(Object.entries(sources))('is always the key that named it, types included: %s', (_, source) => {
    const { readRow: read, primaryKeyOf } = createMapping(source, 'UTC');
    const value = ({ type, pattern }: Source['key'][number]) =>
      type === 'N'
        ? number.map((N) => ({ N }))
        : fc
            .tuple(id, id)
            .map(([a, b]) =>
              S((pattern ?? '{user}').replace('{user}', () => a).replace('{restaurant}', () => b)),
            );
    const item = fc.record({
      ...Object.fromEntries(source.key.map((attribute) => [attribute.name, value(attribute)])),
      ...(source.restaurant && source !== defaultSource && { postId: id.map(S) }),
      [source.createdAt === 'none' ? 'none' : source.createdAt.attribute]: fc.constant(at),
    });
    let named = 0;
    fc.assert(
      fc.property(item, (row) => {
        const { key: register } = read(row);
        if (register === undefined) return;
        named += 1;
        const keys = Object.fromEntries(
          source.key.map(({ name }) => [name, (row as Record<string, unknown>)[name]]),
        );
        expect(primaryKeyOf(register)).toEqual(keys);
      }),
    );
    expect(named).toBeGreaterThan(10);
  });

  it('is undefined for a register that damage left, which no row can have', () => {
    expect(createMapping(defaultSource, 'UTC').primaryKeyOf(key('a#b', 'c'))).toBeUndefined();
    expect(createMapping(defaultSource, 'UTC').primaryKeyOf(key('', 'c'))).toBeUndefined();
    expect(createMapping(sources['numeric'] ?? single, 'UTC').primaryKeyOf(key('r1', '7'))).toBeUndefined();
    expect(
      createMapping(sources['pair'] ?? single, 'UTC').primaryKeyOf(key('r1', 'damage-1')),
    ).toBeUndefined();
    expect(
      createMapping(sources['pair'] ?? single, 'UTC').primaryKeyOf(key('r1', '["a","x"]')),
    ).toBeUndefined();
    expect(createMapping(likes, 'UTC').primaryKeyOf(key('r1', 'u'.repeat(2_049)))).toBeUndefined();
  });
});

describe('a stream record of a table whose rows change', () => {
  const A = { postId: S('a'), at };
  const B = { postId: S('b'), at };
  const record = (eventName: string, before?: object, after?: object, keys: object = { id: S('row') }) => ({
    eventName,
    eventSourceARN: STREAM_ARN,
    dynamodb: {
      Keys: keys,
      SequenceNumber: sequenceNumberOf(1),
      StreamViewType: 'NEW_AND_OLD_IMAGES',
      ...(before && { OldImage: { ...keys, ...before } }),
      ...(after && { NewImage: { ...keys, ...after } }),
    },
  });
  const parse = (source: Source, ...of: Parameters<typeof record>) => {
    const { events, rejection } = parseFavouriteEvents(record(...of), createMapping(source, 'UTC'));
    return {
      events: events.map(({ key: { restaurantId }, createdAt, previousCreatedAt }) =>
        [restaurantId, createdAt?.slice(0, 10) ?? '-', previousCreatedAt?.slice(0, 10) ?? '-'].join(' '),
      ),
      rejection: rejection?.reason,
    };
  };
  const likesOf = (...of: Parameters<typeof record>) => parse(likes, ...of);
  const day = '2022-08-01';

  const changes: readonly (readonly [string, Parameters<typeof record>, readonly string[], string?])[] = [
    ['is inserted', ['INSERT', undefined, A], [`a ${day} -`]],
    ['is removed', ['REMOVE', A], [`a - ${day}`]],
    ['moves to another restaurant', ['MODIFY', A, B], [`a - ${day}`, `b ${day} -`]],
    ['is flagged', ['MODIFY', A, { ...A, deleted: { BOOL: true } }], [`a - ${day}`]],
    ['is restored', ['MODIFY', { ...A, deleted: { BOOL: true } }, A], [`a ${day} -`]],
    ['gets another date', ['MODIFY', A, { ...A, at: S('2022-08-02T00:00:00Z') }], [`a 2022-08-02 ${day}`]],
    ['changes in another attribute', ['MODIFY', A, { ...A, note: S('x') }], []],
    ['is inserted as flagged', ['INSERT', undefined, { ...A, deleted: { BOOL: true } }], ['a - -']],
    ['is removed after it was flagged', ['REMOVE', { ...A, deleted: { BOOL: true } }], []],
    [
      'moves while flagged',
      ['MODIFY', { ...A, deleted: { BOOL: true } }, { ...B, deleted: { BOOL: true } }],
      ['a - -', 'b - -'],
    ],
    ['turns into another kind of item', ['MODIFY', A, { at }], [`a - ${day}`]],
    ['was another kind of item', ['MODIFY', { at }, A], [`a ${day} -`]],
    ['stays another kind of item', ['MODIFY', { at }, { at, note: S('x') }], []],
    ['becomes unreadable', ['MODIFY', A, { postId: S('a') }], [], 'unreadable-created-at'],
    [
      'becomes unreadable elsewhere',
      ['MODIFY', A, { postId: S('b') }],
      [`a - ${day}`],
      'unreadable-created-at',
    ],
    [
      'loses its restaurant to damage',
      ['MODIFY', A, { ...A, postId: { BOOL: true } }],
      [`a - ${day}`],
      'unreadable-restaurant',
    ],
    ['becomes readable', ['MODIFY', { postId: S('a') }, A], [`a ${day} -`]],
    [
      'stays unreadable',
      ['MODIFY', { postId: S('a') }, { postId: S('a'), note: S('x') }],
      [],
      'unreadable-created-at',
    ],
    ['is removed while unreadable', ['REMOVE', { postId: S('a') }], ['a - -']],
  ];
  it.each(changes.map(([name, of, events, rejection]) => ({ name, of, events, rejection })))(
    'has the right events when the row $name',
    ({ of, events, rejection }) => {
      expect(likesOf(...of)).toEqual({ events, rejection });
    },
  );

  it.each<[string, Parameters<typeof record>, string]>([
    ['INSERT', ['INSERT'], 'no-new-image'],
    ['MODIFY', ['MODIFY', A], 'no-new-image'],
    ['MODIFY', ['MODIFY', undefined, A], 'no-old-image'],
    ['REMOVE', ['REMOVE'], 'no-old-image'],
  ])('is rejected without an image that it needs: %s', (_, of, rejection) => {
    expect(likesOf(...of)).toEqual({ events: [], rejection });
  });

  it('needs no old image where the restaurant is in the key', () => {
    const keys = { PK: S('USER#u1'), SK: S('FAV#r1') };
    expect(parse(single, 'REMOVE', undefined, undefined, keys)).toMatchObject({ events: ['r1 - -'] });
    expect(parse(single, 'MODIFY', undefined, { at }, keys)).toMatchObject({ events: [`r1 ${day} ${day}`] });
  });

  it('needs no image at all where the key is everything', () => {
    const undated: Source = { ...single, createdAt: 'none' };
    const keys = { PK: S('USER#u1'), SK: S('FAV#r1') };
    const none = { events: [], rejection: undefined };
    expect(parse(undated, 'INSERT', undefined, undefined, keys)).toEqual({
      ...none,
      events: ['r1 undated -'],
    });
    expect(parse(undated, 'MODIFY', undefined, undefined, keys)).toEqual(none);
    expect(parse(undated, 'REMOVE', undefined, undefined, keys)).toEqual({
      ...none,
      events: ['r1 - undated'],
    });
  });

  it('is rejected if its keys are not those of the source, with both in the reason', () => {
    for (const keys of [{ pk: S('r1#ada') }, { id: S('row'), more: S('x') }, { id: { N: '7' } }, {}]) {
      const parsed = parseFavouriteEvents(record('INSERT', undefined, A, keys), createMapping(likes, 'UTC'));
      expect(parsed).toMatchObject({ events: [], rejection: { reason: 'unexpected-key' } });
      expect(parsed.rejection?.detail).toContain('expected the key id (S), found ');
      for (const name of Object.keys(keys)) expect(parsed.rejection?.detail).toContain(name);
    }
  });

  it('reads updates only if the source asks for them', () => {
    const { updates: _, ...quiet } = single;
    const keys = { PK: S('USER#u1'), SK: S('FAV#r1') };
    expect(parse(quiet, 'MODIFY', { at }, { at }, keys).rejection).toBe('unexpected-event-name');
  });

  it('is skipped, without a dead letter, if it is of another kind of item', () => {
    const keys = { PK: S('USER#u1'), SK: S('PROFILE') };
    for (const eventName of ['INSERT', 'MODIFY', 'REMOVE']) {
      expect(parse(single, eventName, undefined, undefined, keys)).toEqual({
        events: [],
        rejection: undefined,
      });
    }
  });
});
