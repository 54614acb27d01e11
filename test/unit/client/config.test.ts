import { describe, expect, it } from '@jest/globals';
import { clientConfigOf, parseClientConfig } from '../../../src/client/config.ts';

const deployed = {
  countsTable: 'Shop-Counts1A2B3C',
  favouritesTable: 'Shop-Favourites4D5E6F',
  rankingShards: 10,
  timeWindows: 'MONTH:1130,DAY:forever',
  timeZone: 'Europe/London',
};
const config = clientConfigOf(deployed);
const { favouritesTable: _table, ...ofOwnShape } = deployed;

describe('the configuration of the client', () => {
  it('is read as the construct wrote it', () => {
    expect(parseClientConfig(JSON.stringify(config))).toEqual({
      ...deployed,
      timeWindows: { MONTH: 1130, DAY: 'forever' },
      ranking: {},
    });
  });

  it('may have no table of favourites, no window but ALL_TIME, and a table in another account', () => {
    const countsTable = 'arn:aws:dynamodb:eu-west-1:123456789012:table/Shop-Counts';
    const other = clientConfigOf({ ...ofOwnShape, countsTable, timeWindows: '' });
    expect(parseClientConfig(JSON.stringify(other))).toEqual({
      ...ofOwnShape,
      countsTable,
      favouritesTable: undefined,
      ranking: {},
      timeWindows: {},
    });
  });

  it('may have members that this release does not know', () => {
    expect(parseClientConfig(JSON.stringify({ ...config, later: true }))).toMatchObject({
      rankingShards: 10,
    });
  });

  it.each([undefined, ''])('says how to set it if it is %j', (text) => {
    expect(() => parseClientConfig(text)).toThrow(
      expect.objectContaining({
        name: 'BadInputError',
        code: 'config',
        message: expect.stringMatching(/ is not set: .*LIKES: likes\.clientConfig.*process\.env\.LIKES/),
      }),
    );
  });

  it.each([
    ['no JSON', 'LikesCounts', 'must be the JSON text of clientConfig, unchanged, not "LikesCounts"'],
    ['a token that is not deployed yet', `\${Token[TOKEN.7]}`, `unchanged, not "\${Token[TOKEN.7]}"`],
    ['JSON of another kind', '"text"', 'must be the JSON text of clientConfig'],
    ['null', 'null', 'must be the JSON text of clientConfig'],
    ['a long text', 'x'.repeat(10_000), `"${'x'.repeat(59)}…`],
    ['a list', '[]', 'has version undefined, and this client reads version 1'],
    ['no version', '{}', 'has version undefined'],
    [
      'a later version',
      '{"version":2}',
      'has version 2, and this client reads version 1; install the release',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseClientConfig(text)).toThrow(message);
  });

  it('names every member that is missing', () => {
    expect(() => parseClientConfig('{"version":1}')).toThrow(
      'The config of the client is damaged: countsTable must be the name of a table, not undefined; ' +
        'rankingShards must be a whole number from 1, not undefined; timeWindows must be kinds of windows ' +
        'such as MONTH:400,DAY:forever, not undefined; timeZone must be a time zone that this Node knows, ' +
        'such as Europe/London, not undefined. Deploy again, and pass the text unchanged.',
    );
  });

  it.each([
    ['countsTable', 'a b'],
    ['countsTable', 7],
    ['favouritesTable', null],
    ['favouritesTable', ''],
    ['rankingShards', 0],
    ['rankingShards', 1.5],
    ['rankingShards', '10'],
    ['timeWindows', 'CENTURY:1'],
    ['timeWindows', { MONTH: 400 }],
    ['timeZone', 'Nowhere/City'],
    ['timeZone', null],
  ])('refuses %s %j, and names it', (name, value) => {
    const text = JSON.stringify({ ...config, [name]: value });
    expect(() => parseClientConfig(text)).toThrow(`damaged: ${name} must be`);
  });
});
