/** Tables of other names, literals and forms than the ten shapes have, with the settings that count them. */
import { hash32, seededRandom } from '../../../infra/local/emulator/random.ts';
import type { Item, KeyName } from '../../../infra/doctor/profile/sample.ts';
import type { Source } from '../../../src/counting/source/source.ts';

export interface OtherTable {
  readonly tableName: string;
  /** Undefined: no favourites. */
  readonly source: Source | undefined;
  readonly key: readonly KeyName[];
  readonly items: readonly Item[];
}

/** What the rows of a table are drawn from. */
interface Draw {
  readonly random: () => number;
  readonly user: string;
  readonly thing: string;
  readonly iso: string;
  readonly number: number;
}

type Row = (draw: Draw) => Item;
const S = (value: string) => ({ S: value });
const N = (value: number | string) => ({ N: String(value) });
const text = (name: string, pattern?: string) => ({ name, type: 'S' as const, ...(pattern && { pattern }) });
const rfc = (attribute: string) => ({ attribute, format: 'rfc3339' as const });
const uuid = (random: () => number) =>
  'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replaceAll('x', () => Math.floor(random() * 16).toString(16));
const seconds = (iso: string) => Math.floor(Date.parse(iso) / 1000);

interface Definition {
  readonly tableName?: string;
  readonly source: Source | undefined;
  readonly key?: readonly KeyName[];
  readonly row: Row;
  readonly others?: readonly Row[];
  readonly users?: (at: number, random: () => number) => string;
  readonly things?: (at: number, random: () => number) => string;
}

const ids = (_: number, random: () => number) => uuid(random);
const names = ['Ann Lee', 'Bo', 'Çelik Ö', 'Dee-Dee', 'Eve_2', 'Ян', '李 明', "O'Hara"];
const people = (at: number) => `${names[at % names.length]} ${at}`;

export const definitions: Readonly<Record<string, Definition>> = {
  'likes in a single table, with TTL': {
    source: {
      key: [text('pk', 'USER#{user}'), text('sk', 'LIKE#{restaurant}')],
      createdAt: rfc('likedAt'),
    },
    users: ids,
    things: ids,
    row: ({ user, thing, iso }) => ({
      pk: S(`USER#${user}`),
      sk: S(`LIKE#${thing}`),
      gsi1pk: S(`POST#${thing}`),
      gsi1sk: S(`USER#${user}`),
      likedAt: S(iso),
      expiresAt: N(seconds(iso) + 9_000_000),
    }),
    others: [
      ({ user, iso }) => ({ pk: S(`USER#${user}`), sk: S('LIKE#META'), updatedAt: S(iso), total: N(3) }),
      ({ thing, iso }) => ({ pk: S(`POST#${thing}`), sk: S('#METADATA'), title: S('x'), createdAt: S(iso) }),
      ({ user, iso }) => ({
        pk: S(`USER#${user}`),
        sk: S(`COMMENT#${iso}`),
        body: S('hello'),
        createdAt: S(iso),
      }),
    ],
  },
  'the thing in the partition key': {
    source: {
      key: [text('PK', 'POST#{restaurant}'), text('SK', 'LIKE#{user}')],
      createdAt: rfc('createdAt'),
    },
    row: ({ user, thing, iso }) => ({ PK: S(`POST#${thing}`), SK: S(`LIKE#${user}`), createdAt: S(iso) }),
    others: [
      ({ thing, iso }) => ({
        PK: S(`POST#${thing}`),
        SK: S(`COMMENT#${iso}`),
        text: S('a'),
        createdAt: S(iso),
      }),
    ],
  },
  'short literals that no list knows': {
    source: { key: [text('h', 'Q#{user}'), text('r', 'Z#{restaurant}')], createdAt: rfc('ts') },
    row: ({ user, thing, iso }) => ({ h: S(`Q#${user}`), r: S(`Z#${thing}`), ts: S(iso) }),
    others: [
      ({ user }) => ({
        h: S(`Q#${user}`),
        r: S(`W#${user}`),
        plan: S('free'),
        seats: N(3),
        open: { BOOL: true },
      }),
    ],
  },
  'follows by number': {
    tableName: 'Relations',
    source: {
      key: [
        { name: 'follower_id', type: 'N', pattern: '{user}' },
        { name: 'followee_id', type: 'N', pattern: '{restaurant}' },
      ],
      createdAt: { attribute: 'since', format: 'epoch-milliseconds' },
    },
    users: (at) => String(10_000 + at),
    things: (at) => String(20_000 + at),
    row: ({ user, thing, iso }) => ({
      follower_id: N(user),
      followee_id: N(thing),
      since: N(Date.parse(iso)),
    }),
  },
  'two UUIDs in one key': {
    source: { key: [text('userId_postId', '{user}_{restaurant}')], createdAt: rfc('createdAt') },
    users: ids,
    things: ids,
    row: ({ user, thing, iso }) => ({ userId_postId: S(`${user}_${thing}`), createdAt: S(iso) }),
  },
  'names with blanks and other scripts': {
    source: { key: [text('pk', '{user}|{restaurant}')], createdAt: { attribute: 'added', format: 'date' } },
    users: people,
    things: (at) => `Café №${at} & Söhne`,
    row: ({ user, thing, iso }) => ({
      pk: S(`${user}|${thing}`),
      member: S(user),
      venue: S(thing),
      added: S(iso.slice(0, 10)),
    }),
  },
  'rows of an Amplify application': {
    source: {
      key: [text('id')],
      restaurant: { attribute: 'postID' },
      createdAt: rfc('createdAt'),
      countedWhen: { attribute: '_deleted', notEquals: true },
    },
    users: people,
    things: ids,
    row: ({ random, user, thing, iso }) => ({
      id: S(uuid(random)),
      owner: S(user),
      postID: S(thing),
      createdAt: S(iso),
      updatedAt: S(iso),
      __typename: S('Like'),
      _version: N(1),
      _lastChangedAt: N(Date.parse(iso)),
      ...(random() < 0.2 && { _deleted: { BOOL: true }, _ttl: N(seconds(iso) + 99_999) }),
    }),
  },
  'a kind of row among many with the same key': {
    source: {
      key: [text('id')],
      restaurant: { attribute: 'productId' },
      createdAt: { attribute: 'addedAt', format: 'epoch-seconds' },
      countedWhen: { attribute: 'entityType', equals: 'WishlistItem' },
    },
    things: (at) => `SKU-${at}`,
    row: ({ random, user, thing, iso }) => ({
      id: S(uuid(random)),
      customerId: S(user),
      productId: S(thing),
      addedAt: N(seconds(iso)),
      entityType: S('WishlistItem'),
    }),
    others: [
      ({ random, user, thing, iso }) => ({
        id: S(uuid(random)),
        customerId: S(user),
        productId: S(thing),
        orderedAt: N(seconds(iso)),
        entityType: S('OrderLine'),
      }),
      ({ random }) => ({ id: S(uuid(random)), email: S('x'), entityType: S('Customer') }),
      ({ random }) => ({ id: S(uuid(random)), email: S('y'), entityType: S('Customer') }),
    ],
  },
  'a status': {
    source: {
      key: [text('memberId', '{user}'), text('eventId', '{restaurant}')],
      createdAt: rfc('created'),
      countedWhen: { attribute: 'status', equals: 'ACTIVE' },
    },
    row: ({ random, user, thing, iso }) => ({
      memberId: S(user),
      eventId: S(thing),
      created: S(iso),
      status: S(random() < 0.8 ? 'ACTIVE' : 'REMOVED'),
    }),
  },
  'a flag of letters': {
    source: {
      key: [text('uid', '{user}'), text('recipe', '{restaurant}')],
      createdAt: rfc('savedAt'),
      countedWhen: { attribute: 'isDeleted', notEquals: 'Y' },
    },
    row: ({ random, user, thing, iso }) => ({
      uid: S(user),
      recipe: S(thing),
      savedAt: S(iso),
      isDeleted: S(random() < 0.9 ? 'N' : 'Y'),
    }),
  },
  'a sort key with a time': {
    source: {
      key: [text('userId', '{user}'), text('sortKey')],
      restaurant: { attribute: 'songId' },
      createdAt: rfc('createdAt'),
    },
    row: ({ user, thing, iso }) => ({
      userId: S(user),
      sortKey: S(iso),
      songId: S(thing),
      createdAt: S(iso),
    }),
  },
  'a time between the literal and the id': {
    source: {
      key: [text('PK'), text('SK', 'FAV#{user}')],
      restaurant: { attribute: 'placeId' },
      createdAt: rfc('createdAt'),
    },
    row: ({ user, thing, iso }) => ({
      PK: S(`USER#${user}`),
      SK: S(`FAV#${iso}#${thing}`),
      placeId: S(thing),
      createdAt: S(iso),
    }),
    others: [
      ({ user, iso }) => ({
        PK: S(`USER#${user}`),
        SK: S(`VISIT#${iso}`),
        placeId: S('p1'),
        createdAt: S(iso),
      }),
    ],
  },
  'literals by underscores': {
    source: { key: [text('pk', '{user}'), text('sk', 'fav_{restaurant}')], createdAt: rfc('created_at') },
    row: ({ user, thing, iso }) => ({ pk: S(user), sk: S(`fav_${thing}`), created_at: S(iso) }),
    others: [({ user }) => ({ pk: S(user), sk: S('profile'), email: S('a') })],
  },
  'a tenant before the user': {
    source: {
      key: [text('PK', 'TENANT#{user}'), text('SK', 'BOOKMARK#{restaurant}')],
      createdAt: rfc('createdAt'),
    },
    row: ({ random, user, thing, iso }) => ({
      PK: S(`TENANT#t${Math.floor(random() * 9)}#USER#${user}`),
      SK: S(`BOOKMARK#${thing}`),
      createdAt: S(iso),
    }),
  },
  'an unknown literal among known ones': {
    source: { key: [text('PK', 'USER#{user}'), text('SK', 'ZAP#{restaurant}')], createdAt: rfc('createdAt') },
    row: ({ user, thing, iso }) => ({ PK: S(`USER#${user}`), SK: S(`ZAP#${thing}`), createdAt: S(iso) }),
    others: [
      ({ user, iso }) => ({ PK: S(`USER#${user}`), SK: S('PROFILE'), email: S('a'), createdAt: S(iso) }),
      ({ user, number, iso }) => ({
        PK: S(`USER#${user}`),
        SK: S(`ORDER#${number}`),
        total: N(3),
        createdAt: S(iso),
      }),
    ],
  },
  'users whose names are words of lists': {
    source: { key: [text('pk', '{user}#{restaurant}')], createdAt: rfc('created_at') },
    users: (at) => ['mark', 'ada', 'grace', 'heart', 'alan', 'edsger'][at % 6] ?? '',
    things: (at) => `p${at}`,
    row: ({ user, thing, iso }) => ({ pk: S(`${user}#${thing}`), created_at: S(iso) }),
  },
  'people in one literal, places in another': {
    source: { key: [text('PK', 'PERSON#{user}'), text('SK', 'PLACE#{restaurant}')], createdAt: rfc('at') },
    row: ({ user, thing, iso }) => ({ PK: S(`PERSON#${user}`), SK: S(`PLACE#${thing}`), at: S(iso) }),
    others: [
      ({ user }) => ({ PK: S(`PERSON#${user}`), SK: S('PROFILE'), email: S('a') }),
      ({ user, number }) => ({
        PK: S(`PERSON#${user}`),
        SK: S(`FRIEND#f${number}`),
        at: S('2026-05-01T00:00:00Z'),
      }),
      ({ thing }) => ({ PK: S(`PLACE#${thing}`), SK: S('DETAILS'), city: S('Lyon') }),
    ],
  },
  'local times beside instants': {
    source: {
      key: [text('user_id', '{user}'), text('film_id', '{restaurant}')],
      createdAt: { attribute: 'created_at', format: 'sql', zone: 'Asia/Tokyo' },
    },
    row: ({ user, thing, iso }) => ({
      user_id: S(user),
      film_id: S(thing),
      created_at: S(new Date(Date.parse(iso) + 9 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')),
      updated_at: S(iso),
    }),
  },
  sessions: {
    tableName: 'Table1',
    source: undefined,
    key: [text('session_id')],
    row: ({ random, user, iso }) => ({
      session_id: S(uuid(random)),
      user_id: S(user),
      created_at: S(iso),
      expires_at: N(seconds(iso)),
      device_id: S(uuid(random)),
    }),
  },
  orders: {
    tableName: 'Orders',
    source: undefined,
    key: [text('order_id')],
    row: ({ random, user, thing, iso }) => ({
      order_id: S(uuid(random)),
      user_id: S(user),
      restaurant_id: S(thing),
      total: N(12),
      created_at: S(iso),
    }),
  },
  'users by id': {
    source: undefined,
    key: [text('user_id')],
    row: ({ random, iso }) => ({ user_id: S(uuid(random)), email: S('a'), name: S('b'), created_at: S(iso) }),
  },
  products: {
    source: undefined,
    key: [text('product_id')],
    row: ({ random, number, iso }) => ({
      product_id: S(uuid(random)),
      category_id: S(`c${number % 9}`),
      shop_id: S(`s${number % 7}`),
      price: N(3),
      created_at: S(iso),
    }),
  },
  music: {
    source: undefined,
    key: [text('Artist'), text('SongTitle')],
    row: ({ user, number }) => ({
      Artist: S(user),
      SongTitle: S(`Song ${number}`),
      AlbumTitle: S(`Album ${number % 50}`),
    }),
  },
  'readings of devices': {
    source: undefined,
    key: [text('device_id'), { name: 'ts', type: 'N' }],
    row: ({ user, iso }) => ({ device_id: S(user), ts: N(seconds(iso)), temperature: N(20) }),
  },
  empty: { source: undefined, key: [text('id')], row: () => ({}) },
};

const startMs = Date.parse('2026-03-01T00:00:00Z');

export function otherTable(name: string, { seed = 1, rows = 800 } = {}): OtherTable {
  const definition = definitions[name];
  if (definition === undefined) throw new RangeError(`There is no table ${name}`);
  const random = seededRandom(hash32(`${name} ${seed}`));
  const make = (count: number, draw: Definition['users']) =>
    Array.from({ length: count }, (_, at) => draw?.(at, random) ?? '');
  const users = make(240, definition.users ?? ((at) => `usr${at}`));
  const things = make(90, definition.things ?? ((at) => `x${at}`));
  const draw = (number: number): Draw => ({
    random,
    user: users[Math.floor(random() * users.length)] ?? '',
    thing: things[Math.floor(random() ** 2 * things.length)] ?? '',
    iso: new Date(startMs + Math.floor(random() * 100 * 86_400_000)).toISOString(),
    number,
  });
  const key = definition.source?.key ?? definition.key ?? [];
  const keyNames = key.map(({ name: attribute, type }) => ({ name: attribute, type }));
  const items = new Map<string, Item>();
  const add = (item: Item) => items.set(JSON.stringify(key.map((one) => item[one.name])), item);
  if (name !== 'empty') for (let at = 0; at < rows; at += 1) add(definition.row(draw(at)));
  for (const other of definition.others ?? []) for (let at = 0; at < rows / 5; at += 1) add(other(draw(at)));
  return {
    tableName: definition.tableName ?? 'Table1',
    source: definition.source,
    key: keyNames,
    items: [...items.values()],
  };
}
