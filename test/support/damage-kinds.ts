/**
 * Every kind of damage that a reconcile repairs, as a change of the default tables. Each takes a favourite of
 * a restaurant of its own, so that no damage hides another.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export interface DamagedFavourite {
  readonly restaurantId: string;
  readonly userId: string;
  readonly createdAt: string;
}

type Item = Readonly<Record<string, AttributeValue>>;

/** Undefined deletes the item. */
export interface Damage {
  readonly table: 'favourites' | 'countedFavourites' | 'aggregatedFavourites';
  readonly key: Item;
  readonly change: (before: Item) => Item | undefined;
}

type Kind = (favourite: DamagedFavourite) => readonly Damage[];

const FUTURE = '2999-06-01T12:00:00Z';
const OTHER = '2001-02-03T04:05:06Z';

const row = ({ restaurantId, userId }: DamagedFavourite, change: Damage['change']): Damage => ({
  table: 'favourites',
  key: { restaurant_id_user_id: { S: `${restaurantId}#${userId}` } },
  change,
});
const register = ({ restaurantId, userId }: DamagedFavourite, change: Damage['change']): Damage => ({
  table: 'countedFavourites',
  key: { restaurant_id: { S: restaurantId }, user_id: { S: userId } },
  change,
});
const count = (
  { restaurantId }: DamagedFavourite,
  change: Damage['change'],
  window = 'ALL_TIME',
): Damage => ({
  table: 'aggregatedFavourites',
  key: { restaurant_id: { S: restaurantId }, time_window: { S: window } },
  change,
});
const setting = (attributes: Item) => (before: Item) => ({ ...before, ...attributes });
const without = (name: string) => (before: Item) => {
  const { [name]: _, ...rest } = before;
  return rest;
};
const gone = () => undefined;
/** A user of the same restaurant who never marked it. */
const stranger = (favourite: DamagedFavourite): DamagedFavourite => ({ ...favourite, userId: 'stranger' });
const rowOf = ({ restaurantId, userId }: DamagedFavourite, createdAt: string): Item => ({
  restaurant_id_user_id: { S: `${restaurantId}#${userId}` },
  restaurant_id: { S: restaurantId },
  user_id: { S: userId },
  created_at: { S: createdAt },
});
const registerOf = ({ restaurantId, userId }: DamagedFavourite, createdAt: string): Item => ({
  restaurant_id: { S: restaurantId },
  user_id: { S: userId },
  stream_position: { S: `#${'0'.repeat(40)}` },
  created_at: { S: createdAt },
});
const dayOf = ({ createdAt }: DamagedFavourite): string => createdAt.slice(0, 10).replaceAll('-', '');

export const damageKinds: Readonly<Record<string, Kind>> = {
  // Registers.
  'a register is lost': (one) => [register(one, gone)],
  'a register was un-counted': (one) => [
    register(one, (before) => ({ ...without('created_at')(before), expires_at: { N: '9999999999' } })),
  ],
  'a register has another date': (one) => [register(one, setting({ created_at: { S: OTHER } }))],
  'a register is dated in the future': (one) => [register(one, setting({ created_at: { S: FUTURE } }))],
  'a register has a date that is no date': (one) => [register(one, setting({ created_at: { S: 'soon' } }))],
  'a register has a date that is not text': (one) => [register(one, setting({ created_at: { N: '7' } }))],
  'a position is unreadable': (one) => [register(one, setting({ stream_position: { S: 'zzz' } }))],
  'a position is not text': (one) => [register(one, setting({ stream_position: { N: '5' } }))],
  'a position is missing': (one) => [register(one, without('stream_position'))],
  'a position is unreadable, and the date is wrong': (one) => [
    register(one, setting({ stream_position: { S: '~' }, created_at: { S: OTHER } })),
  ],
  'a counted register would expire': (one) => [register(one, setting({ expires_at: { N: '9999999999' } }))],
  'a register was invented': (one) => [register(stranger(one), () => registerOf(stranger(one), OTHER))],
  'a register of the far future was invented': (one) => [
    register(stranger(one), () => registerOf(stranger(one), FUTURE)),
  ],
  'an orphan is beside a row that cannot be counted': (one) => [
    register(stranger(one), () => registerOf(stranger(one), OTHER)),
    row(stranger(one), () => rowOf(stranger(one), 'not a date')),
  ],
  // Rows whose events are lost.
  'a favourite was just marked': (one) => [
    row(stranger(one), () => rowOf(stranger(one), new Date().toISOString())),
  ],
  'a favourite dated in the future was marked': (one) => [
    row(stranger(one), () => rowOf(stranger(one), FUTURE)),
  ],
  'a favourite was un-marked': (one) => [row(one, gone)],
  'a favourite was un-marked, and its register is lost': (one) => [row(one, gone), register(one, gone)],
  'a favourite was marked again at another time': (one) => [row(one, setting({ created_at: { S: OTHER } }))],
  'a row can no longer be counted': (one) => [row(one, setting({ created_at: { S: 'never' } }))],
  // Counts.
  'a count is too high': (one) => [count(one, setting({ favourite_count: { N: '999999' } }))],
  'a count is negative': (one) => [count(one, setting({ favourite_count: { N: '-3' } }), dayOf(one))],
  'a count is missing from its row': (one) => [count(one, without('favourite_count'), dayOf(one))],
  'a count is lost': (one) => [count(one, gone, dayOf(one))],
  'the row of all time is lost': (one) => [count(one, gone)],
  'a ranking key is wrong': (one) => [count(one, setting({ ranking_key: { S: 'ALL_TIME#77' } }))],
  'a ranking key is missing': (one) => [count(one, without('ranking_key'), dayOf(one))],
  'a revision is missing': (one) => [count(one, without('revision'), dayOf(one))],
  'a revision is not a number': (one) => [count(one, setting({ revision: { S: 'x' } }), dayOf(one))],
  'a row would expire': (one) => [count(one, setting({ expires_at: { N: '9999999999' } }))],
  'a window that nobody is counted in has a count': (one) => [
    count(
      one,
      () => ({
        restaurant_id: { S: one.restaurantId },
        time_window: { S: '19991231' },
        favourite_count: { N: '4' },
        revision: { N: '1' },
        ranking_key: { S: '19991231#0' },
      }),
      '19991231',
    ),
  ],
};
