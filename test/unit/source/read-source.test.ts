import { describe, expect, it } from '@jest/globals';
import { readSource } from '../../../infra/settings/read-source.ts';
import { defaultSource } from '../../../src/counting/source/source.ts';

const single = {
  key: [
    { name: 'PK', type: 'S', pattern: 'USER#{user}' },
    { name: 'SK', type: 'S', pattern: 'FAV#{restaurant}' },
  ],
  createdAt: { attribute: 'createdAt', format: 'rfc3339' },
  countedWhen: { attribute: '_deleted', notEquals: true },
  updates: true,
};
const issuesOf = (given: unknown) => {
  const reading = readSource(given);
  return reading.kind === 'issues' ? reading.issues : [];
};

describe('a source', () => {
  it.each<[string, unknown]>([
    ['the default table', defaultSource],
    ['a single-table design', single],
    [
      'an id beside the key',
      { key: [{ name: 'id', type: 'S' }], restaurant: { attribute: 'postId' }, createdAt: 'none' },
    ],
    [
      'numeric keys',
      {
        key: [
          { name: 'u', type: 'N', pattern: '{user}' },
          { name: 'r', type: 'N', pattern: '{restaurant}' },
        ],
        createdAt: 'none',
      },
    ],
    [
      'a literal as the sort key',
      {
        ...single,
        key: [
          { name: 'PK', type: 'S', pattern: 'F#{user}#{restaurant}' },
          { name: 'SK', type: 'S', pattern: 'FAV' },
        ],
      },
    ],
    [
      'a literal as the partition key, with both ids in the sort key',
      {
        ...single,
        key: [
          { name: 'PK', type: 'S', pattern: 'FAVS' },
          { name: 'SK', type: 'S', pattern: '{user}:{restaurant}' },
        ],
      },
    ],
    [
      'a marked sort key beside an open partition key',
      {
        ...single,
        key: [
          { name: 'PK', type: 'S', pattern: '{user}' },
          { name: 'SK', type: 'S', pattern: 'FAV#{restaurant}' },
        ],
      },
    ],
    [
      'a check of a key attribute that is the id',
      {
        key: [
          { name: 'u', type: 'S', pattern: '{user}' },
          { name: 'r', type: 'S', pattern: '{restaurant}' },
        ],
        restaurant: { attribute: 'r' },
        createdAt: 'none',
      },
    ],
    ['an sql date', { ...single, createdAt: { attribute: 'at', format: 'sql', zone: 'Europe/Berlin' } }],
    ['a condition on text', { ...single, countedWhen: { attribute: 'state', equals: 'LIKED' } }],
    ['a condition on presence', { ...single, countedWhen: { attribute: 'deletedAt', exists: false } }],
  ])('is read unchanged: %s', (_, source) => {
    expect(readSource(source)).toEqual({ kind: 'source', source });
  });

  it.each<[string, unknown, readonly RegExp[]]>([
    ['text', 'USER#{user}', [/^must be an object/]],
    ['a list', [], [/^must be an object/]],
    ['nothing in it', {}, [/^key must list/, /^createdAt must be/]],
    ['an unknown member', { ...single, sort: 1 }, [/^sort is not known/]],
    ['no key attribute', { ...single, key: [] }, [/^key must list/]],
    ['three key attributes', { ...single, key: [...single.key, single.key[0]] }, [/^key must list/]],
    ['a key of bytes', { ...single, key: [{ name: 'PK', type: 'B' }] }, [/^key\[0\]\.type must be "S"/]],
    [
      'a key without a name',
      { ...single, key: [{ type: 'S', pattern: '{user}:{restaurant}' }] },
      [/^key\[0\]\.name must/],
    ],
    [
      'a key name of 256 bytes',
      { ...single, key: [{ name: 'x'.repeat(256), type: 'S', pattern: '{user}:{restaurant}' }] },
      [/^key\[0\]\.name must/],
    ],
    [
      'the same key attribute twice',
      { ...single, key: [single.key[0], { ...single.key[1], name: 'PK' }] },
      [/same attribute twice/],
    ],
    [
      'an unknown member of the key',
      { ...single, key: [{ ...single.key[0], sort: true }, single.key[1]] },
      [/^key\[0\]\.sort is not known/],
    ],
    [
      'ids that nothing sets apart',
      { ...single, key: [{ name: 'PK', type: 'S', pattern: '{user}{restaurant}' }] },
      [/^key\[0\]\.pattern needs a literal between/],
    ],
    [
      'an unknown placeholder',
      { ...single, key: [{ name: 'PK', type: 'S', pattern: '{post}' }, single.key[1]] },
      [/^key\[0\]\.pattern has \{post\}/],
    ],
    [
      'a pattern that is no text',
      { ...single, key: [{ name: 'PK', type: 'S', pattern: 7 }, single.key[1]] },
      [/^key\[0\]\.pattern must be text/],
    ],
    [
      'a literal in a number',
      { ...single, key: [{ name: 'PK', type: 'N', pattern: '1{user}' }, single.key[1]] },
      [/^key\[0\]\.pattern of a number/],
    ],
    [
      'a pattern that other items match',
      { ...single, key: [single.key[0], { name: 'SK', type: 'S', pattern: '{restaurant}' }] },
      [/^key\[1\]\.pattern matches every kind of item under USER#\{user\}/],
    ],
    ['no restaurant', { ...single, key: [{ name: 'id', type: 'S' }] }, [/^restaurant is missing/]],
    [
      'no user, so one row a restaurant',
      { ...single, key: [{ name: 'r', type: 'S', pattern: '{restaurant}' }] },
      [/^key holds no user/],
    ],
    [
      'a key of literals alone, so one row',
      {
        key: [{ name: 'PK', type: 'S', pattern: 'FAV' }],
        restaurant: { attribute: 'r' },
        createdAt: 'none',
      },
      [/^key holds no id/],
    ],
    [
      'checks of key attributes that hold more than the id',
      { ...single, restaurant: { attribute: 'SK' }, user: { attribute: 'PK' } },
      [
        /^restaurant\.attribute .* the pattern FAV#\{restaurant\}; leave restaurant out/,
        /^user\.attribute .* the pattern USER#\{user\}; leave user out/,
      ],
    ],
    [
      'a name that the AWS SDK cannot read',
      { ...single, createdAt: { attribute: '__proto__', format: 'date' } },
      [/^createdAt\.attribute must be another name/],
    ],
    ['no date', { key: single.key }, [/^createdAt must be "none" or an object/]],
    [
      'an unknown format',
      { ...single, createdAt: { attribute: 'at', format: 'iso' } },
      [/^createdAt\.format must be one of rfc3339/],
    ],
    [
      'an sql date without a zone',
      { ...single, createdAt: { attribute: 'at', format: 'sql' } },
      [/^createdAt\.zone must be an IANA/],
    ],
    [
      'a zone that does not exist',
      { ...single, createdAt: { attribute: 'at', format: 'sql', zone: 'Mars/Base' } },
      [/^createdAt\.zone must be an IANA/],
    ],
    [
      'a zone where the format needs none',
      { ...single, createdAt: { attribute: 'at', format: 'date', zone: 'UTC' } },
      [/^createdAt\.zone belongs to the format sql/],
    ],
    ['no condition', { ...single, countedWhen: { attribute: 'a' } }, [/^countedWhen needs exactly one/]],
    [
      'two conditions',
      { ...single, countedWhen: { attribute: 'a', equals: 1, exists: true } },
      [/^countedWhen needs exactly one/],
    ],
    [
      'a condition of a list',
      { ...single, countedWhen: { attribute: 'a', equals: [] } },
      [/^countedWhen\.equals must be text/],
    ],
    [
      'a condition without an attribute',
      { ...single, countedWhen: { equals: 1 } },
      [/^countedWhen\.attribute must be/],
    ],
    [
      'a number that JSON cannot hold',
      { ...single, countedWhen: { attribute: 'a', equals: 2 ** 53 } },
      [/^countedWhen\.equals must be text, a number of up to 15 digits/],
    ],
    [
      'a number that DynamoDB cannot hold',
      { ...single, countedWhen: { attribute: 'a', equals: 1e-200 } },
      [/^countedWhen\.equals must be text, a number of up to 15 digits/],
    ],
    [
      'exists that is text',
      { ...single, countedWhen: { attribute: 'a', exists: 'yes' } },
      [/^countedWhen\.exists must be/],
    ],
    ['updates that is text', { ...single, updates: 'yes' }, [/^updates must be true or false/]],
    ['updates off beside a condition', { ...single, updates: false }, [/^updates must be true or left out/]],
    [
      'a description of more than 2,048 bytes',
      { ...single, countedWhen: { attribute: 'a', equals: 'x'.repeat(2_048) } },
      [/bytes of JSON/],
    ],
  ])('is refused with its reason: %s', (_, source, reasons) => {
    expect(issuesOf(source)).toEqual(reasons.map((reason) => expect.stringMatching(reason)));
  });

  it('is refused with the mistakes of its members and those between them at once', () => {
    const given = { key: [{ name: 'id', type: 'S' }], createdAt: 'never', updates: false };
    expect(issuesOf(given).map((issue) => issue.split(' ')[0])).toEqual([
      'createdAt',
      'restaurant',
      'updates',
    ]);
  });

  it('is refused with all of its mistakes at once', () => {
    const given = {
      key: [{ name: '', type: 'X', pattern: '{a}' }],
      restaurant: {},
      createdAt: { attribute: 1, format: 'sql' },
      countedWhen: { attribute: 'a', exists: 1 },
      more: true,
    };
    expect(issuesOf(given).map((issue) => issue.split(' ')[0])).toEqual([
      'more',
      'key[0].type',
      'key[0].pattern',
      'key[0].name',
      'restaurant.attribute',
      'createdAt.zone',
      'createdAt.attribute',
      'countedWhen.exists',
    ]);
  });
});
