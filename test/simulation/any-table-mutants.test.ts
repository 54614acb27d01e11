/**
 * One mutant for each rule for a table of any shape. It breaks a promise in a small world, in which the right
 * code keeps the promise under every schedule (any-table.test.ts).
 */
import { describe, expect, it } from '@jest/globals';
import {
  eventsOf,
  type FavouriteRecord,
  parseFavouriteEvents,
  type ParsedRecord,
  readRecord,
} from '../../src/counting/favourite-event.ts';
import {
  createMapping,
  type FavouriteRow,
  isSameRegister,
  type Mapping,
} from '../../src/counting/mapping.ts';
import type { RegisterKey, RestaurantId, RowId } from '../../src/counting/register-key.ts';
import { rejection } from '../../src/counting/rejection.ts';
import { member } from '../../src/counting/source/attributes.ts';
import type { ReadKey } from '../../src/counting/source/row-key.ts';
import { readRedrivable } from '../../src/dead-letters/redrivable.ts';
import type { LookReads } from '../../src/reconcile/look/reads.ts';
import type { RedriveLetterContext } from '../../src/reconcile/redrive/context.ts';
import { underAllSchedules } from '../support/all-schedules.ts';
import { FOREIGN_ARN } from '../support/any-table/redrive.ts';
import { runWorld } from '../support/any-table/run.ts';
import { aggregatorOf } from '../support/any-table/aggregator.ts';
import { assertEnd, assertHandled } from '../support/any-table/checks.ts';
import {
  settingsWorlds,
  type SmallWorld,
  smallWorlds,
  strangeKeyWorlds,
} from '../support/any-table/small-worlds.ts';
import type { Mutant, World } from '../support/any-table/world.ts';
import { favouriteId } from '../support/favourite-changes.ts';
import { storedRegister } from '../support/memory-store.ts';

const SCHEDULES_MAX = 20_000;
const BROKEN = /I[1-5] broken/;

async function exhaust(world: World, mutant?: Mutant): Promise<void> {
  await underAllSchedules(async (schedule) => assertEnd(await runWorld(world, schedule, mutant)), {
    runsMax: SCHEDULES_MAX,
  });
}

/** A mutant with another way to read images. */
const reading =
  (change: (row: FavouriteRow, image: unknown, key: ReadKey, mapping: Mapping) => FavouriteRow): Mutant =>
  ({ mapping }) => {
    const readImage: Mapping['readImage'] = (key, image) =>
      change(mapping.readImage(key, image), image, key, mapping);
    return {
      mapping: { ...mapping, readImage, readRow: (item) => readImage(mapping.readKey(item), item) },
    };
  };

/** A mutant with another way to name registers. */
const naming = (rename: (key: { restaurantId: string; rowId: string }, image: unknown) => object): Mutant =>
  reading((row, image) =>
    row.key === undefined ? row : { ...row, key: { ...row.key, ...rename(row.key, image) } },
  );

/** A mutant that makes other events of a record. */
const parsing = (change: (parsed: ParsedRecord, record: FavouriteRecord) => ParsedRecord): Mutant => {
  const parse = (record: unknown, mapping: Mapping): ParsedRecord => {
    const read = readRecord(record, mapping);
    return read.kind === 'rejection' ? parseFavouriteEvents(record, mapping) : change(eventsOf(read), read);
  };
  return () => ({ aggregate: aggregatorOf({ parse }) });
};

const withoutTombstoneWhen = (condition: (after: FavouriteRow) => boolean): Mutant =>
  parsing((parsed, { before, after }) => ({
    ...parsed,
    events: parsed.events.filter(
      ({ key }) => after === undefined || !condition(after) || !isSameRegister(key, before?.key),
    ),
  }));

const ofIds: readonly (readonly [string, SmallWorld, Mutant])[] = [
  [
    'joins the attributes of a key with a character that they may hold',
    'two keys are alike once they are joined',
    naming(({ rowId }) => ({ rowId: (JSON.parse(rowId) as string[]).join('#') as RowId })),
  ],
  [
    'joins restaurant and row with a character that they may hold',
    'two registers are alike once they are joined',
    naming(({ restaurantId, rowId }) => {
      const [restaurant = '', ...row] = `${restaurantId}#${rowId}`.split('#');
      return { restaurantId: restaurant as RestaurantId, rowId: row.join('#') as RowId };
    }),
  ],
  [
    'names a row by its owner instead of its primary key',
    'one owner has two rows of one restaurant',
    naming((_, image) => ({ rowId: member(member(image, 'owner'), 'S') })),
  ],
];

const ofEvents: readonly (readonly [string, SmallWorld, Mutant])[] = [
  [
    'takes no name from a rejected image',
    'a counted row becomes unreadable',
    reading((row) => (row.kind === 'uncountable' ? { ...row, key: undefined } : row)),
  ],
  [
    'judges the date before the flag',
    'a soft delete takes the date away',
    reading((row, image, key, { source }) => {
      const { countedWhen: _flag, ...dated } = source;
      const asIfCounted = createMapping(dated, 'UTC').readImage(key, image);
      return asIfCounted.kind === 'uncountable' ? asIfCounted : row;
    }),
  ],
  [
    'leaves the old register alone when the row moves',
    'a row moves to another restaurant',
    withoutTombstoneWhen(({ kind }) => kind === 'countable'),
  ],
  [
    'leaves the old register alone when the row becomes another kind of item',
    'a row becomes another kind of item',
    withoutTombstoneWhen(({ kind }) => kind === 'not-ours'),
  ],
  [
    'leaves the old register alone when the new image names none',
    'the restaurant of a row becomes unreadable',
    withoutTombstoneWhen(({ kind, key }) => kind === 'uncountable' && key === undefined),
  ],
  [
    'leaves the old register alone when the new image is rejected',
    'a row moves and becomes unreadable at once',
    withoutTombstoneWhen(({ kind, key }) => kind === 'uncountable' && key !== undefined),
  ],
  [
    'takes the register of a rejected image out of the counts',
    'a counted row becomes unreadable',
    parsing(({ events, ...parsed }, { after, position, writtenAtMs }) => ({
      ...parsed,
      events:
        after?.kind === 'uncountable' && after.key !== undefined
          ? [
              ...events,
              { key: after.key, position, createdAt: undefined, previousCreatedAt: undefined, writtenAtMs },
            ]
          : events,
    })),
  ],
  [
    'regards a record as handled when one of its two registers is committed',
    'a row moves, and its two registers commit apart',
    () => ({
      aggregate: aggregatorOf({
        isHandled: (outcomes) => outcomes.length === 0 || outcomes.some(({ kind }) => kind !== 'failed'),
      }),
    }),
  ],
  ...(['a row without a date is completed', 'a row is unreadable for a while, and heal runs'] as const).map(
    (world) =>
      [
        'skips an update whose old image is rejected',
        world,
        parsing(({ events, ...parsed }, { before, after }) => ({
          ...parsed,
          events: before?.kind === 'uncountable' && isSameRegister(before.key, after?.key) ? [] : events,
        })),
      ] as const,
  ),
  [
    'skips the removal of a row that was rejected',
    'an unreadable row that was counted is removed',
    parsing((parsed, { before, after }) =>
      before?.kind === 'uncountable' && after === undefined ? { ...parsed, events: [] } : parsed,
    ),
  ],
  [
    'applies an event to a register at the same position again',
    'a counted row becomes unreadable',
    () => ({
      rewrite: (plan, store) => ({
        ...plan,
        changes: plan.changes.map((change) => {
          const register = storedRegister(store.registers.get(favouriteId(change.key)));
          const { requires } = change;
          if (requires.kind === 'exactly' || register?.position !== requires.event.position) return change;
          if (register.createdAt !== requires.counting) return change;
          return { ...change, requires: { kind: 'exactly', register } };
        }),
      }),
    }),
  ],
];

/** A mutant of heal that takes any row that exists for a row of the register, whatever the row names. */
const unnamed =
  (isAffected: (consistent: boolean) => boolean): Mutant =>
  () => ({
    healReads: (reads) => ({
      scanFavourites: (position) => reads.scanFavourites(position),
      scanRegisters: (position) => reads.scanRegisters(position),
      readRegisters: (keys, how) => reads.readRegisters(keys, how),
      readFavourites: async (keys, how) => {
        const { items, readUnits } = await reads.readFavourites(keys, how);
        if (!isAffected(how.consistent)) return { items, readUnits };
        return {
          items: items.map((row, index) => row && ({ ...row, key: keys[index] } as FavouriteRow)),
          readUnits,
        };
      },
    }),
  });

const ofHeal: readonly (readonly [string, SmallWorld, Mutant])[] = [
  ['wants the date of a row in a register that the row has left', 'a move is lost', unnamed(() => true)],
  [
    'asks only whether the row of a register is there',
    'a move is lost',
    unnamed((consistent) => !consistent),
  ],
];

/** A mutant of redrive with other dependencies. */
const redriving =
  (change: (context: RedriveLetterContext) => Partial<RedriveLetterContext>): Mutant =>
  ({ redrive }) => ({ redrive: (body, context) => redrive(body, { ...context, ...change(context) }) });

const ofRedrive: readonly (readonly [string, SmallWorld, Mutant])[] = [
  [
    'reads the row before the register',
    'a mark is a dead letter, and the user moves the row',
    redriving(({ reads }) => {
      let early: ReturnType<LookReads['readFavourites']> | undefined;
      return {
        reads: {
          readRegisters: async (keys, how) => {
            early = reads.readFavourites(keys, how);
            await early;
            return reads.readRegisters(keys, how);
          },
          readFavourites: (keys, how) => early ?? reads.readFavourites(keys, how),
        },
      };
    }),
  ],
  [
    'takes the register that a rejected row names out of the counts',
    'a counted row becomes unreadable, and its dead letter is tried again',
    redriving(({ reads }) => ({
      reads: {
        readRegisters: (keys, how) => reads.readRegisters(keys, how),
        readFavourites: async (keys, how) => {
          const { items, readUnits } = await reads.readFavourites(keys, how);
          return { items: items.map((row) => (row?.kind === 'uncountable' ? undefined : row)), readUnits };
        },
      },
    })),
  ],
  [
    'does not read the row after a dead letter was applied',
    'a repair did not see the dead letter of a mark',
    redriving(({ reads }) => ({
      reads: {
        readRegisters: (keys, how) => reads.readRegisters(keys, how),
        // No row can be judged, so that no register is corrected.
        readFavourites: async (keys, how) => {
          const { items, readUnits } = await reads.readFavourites(keys, how);
          const reason = rejection('unreadable-created-at', '');
          return {
            items: items.map((_, index) => ({ kind: 'uncountable', key: keys[index], rejection: reason })),
            readUnits,
          };
        },
      },
    })),
  ],
  ...(
    [
      'the user completes a row that is a dead letter',
      'the restaurant of a dead letter is corrected',
    ] as const
  ).map(
    (world) =>
      [
        'deletes a dead letter as soon as its row can be judged',
        world,
        ({ mapping, redrive }) => ({
          redrive: async (body, context) => {
            const outcome = await redrive(body, context);
            const { items } = await context.reads.readFavourites([keyOfLetter(body, mapping)], {
              consistent: true,
            });
            return items[0]?.kind === 'countable' ? { ...outcome, kind: 'committed' } : outcome;
          },
        }),
      ] as const satisfies readonly [string, SmallWorld, Mutant],
  ),
  [
    'applies the dead letters of another table',
    'a dead letter is of another table',
    redriving(() => ({ favouritesTableArn: FOREIGN_ARN })),
  ],
];

const mutants = [...ofIds, ...ofEvents, ...ofHeal, ...ofRedrive];

describe('the code for a table of any shape', () => {
  it.each(mutants)('fails when it %s, and %s', async (_, name, mutant) => {
    await expect(exhaust(smallWorlds[name], mutant)).rejects.toThrow(BROKEN);
  });

  it.each(Object.entries(strangeKeyWorlds))(
    'fails when it does not compare the key of a record with the settings, and that has %s',
    async (_, world) => {
      await handled(world);
      await expect(handled(world, unchecked)).rejects.toThrow(BROKEN);
    },
  );

  it('passes with the aggregator that the mutants change', async () => {
    for (const name of new Set(mutants.map(([, world]) => world))) {
      await exhaust(smallWorlds[name], () => ({ aggregate: aggregatorOf({}) }));
    }
  });
});

describe('a change of the settings beside traffic', () => {
  const settings = Object.entries(settingsWorlds);

  it.each(settings)(
    'ends with right registers if %s changes, and a repair follows the last old aggregator',
    async (_, world) => {
      await exhaust(world);
    },
  );

  it.each(settings)(
    'may leave wrong registers if %s changes, and the repair does not wait for that',
    async (_, world) => {
      await expect(handled({ ...world, isOldAlive: true })).rejects.toThrow('I3 broken');
    },
  );
});

/** Finds the row of a dead letter, whichever restaurant the row names. */
function keyOfLetter(body: string, mapping: Mapping): RegisterKey {
  const content = readRedrivable(body);
  const record = content.kind === 'record' ? content.record : undefined;
  const key = mapping.readKey(member(member(record, 'dynamodb'), 'Keys'));
  return { restaurantId: '' as RestaurantId, rowId: (key.kind === 'key' ? key.rowId : '') as RowId };
}

async function handled(world: World, mutant?: Mutant): Promise<void> {
  await underAllSchedules(async (schedule) => assertHandled(await runWorld(world, schedule, mutant)), {
    runsMax: SCHEDULES_MAX,
  });
}

/** Reads the attributes that the settings name, whatever else the key has, and takes numbers for text. */
const unchecked: Mutant = () => ({
  aggregate: aggregatorOf({
    parse: (record, mapping) => {
      const streamRecord = member(record, 'dynamodb') as object;
      const keys = mapping.keyNames.map((name) => {
        const value = member(member(streamRecord, 'Keys'), name);
        return [name, { S: member(value, 'S') ?? member(value, 'N') }] as const;
      });
      const Keys = Object.fromEntries(keys);
      return parseFavouriteEvents({ ...(record as object), dynamodb: { ...streamRecord, Keys } }, mapping);
    },
  }),
});
