/**
 * Random worlds for simulations of heal: any past that heal promises to repair, and what users do during the
 * run.
 */
import fc from 'fast-check';
import { EMPTY_POSITION } from '../../src/counting/stream-position.ts';
import { type FavouritePast, GRACE_MS, positionOf, registerOf, type World } from './heal-bench.ts';

const [AUGUST, SEPTEMBER, OCTOBER] = ['2022-08-01T12:00:00Z', '2022-09-01T08:00:00Z', '2022-10-01T08:00:00Z'];
/** Heal scans both tables at once. */
export const bothSides = ['favourites', 'countedFavourites'] as const;

const toggles = fc.array(fc.constantFrom(AUGUST, SEPTEMBER, OCTOBER), { maxLength: 4 });

/**
 * Any past that heal promises to repair: no lost record is newer than a record that is in flight or
 * redelivered.
 */
const pastArbitrary = (id: string, options: { readonly live: number }): fc.Arbitrary<FavouritePast> =>
  fc
    .record({
      past: toggles,
      fates: fc.array(fc.constantFrom('arrived', 'vanished', 'underWay', 'again'), {
        minLength: 4,
        maxLength: 4,
      }),
      newest: fc.constantFrom('arrived', 'vanished', 'underWay', 'again'),
      damage: fc.option(damageArbitrary, { freq: 3, nil: undefined }),
      live: fc.array(fc.constantFrom(AUGUST, SEPTEMBER, OCTOBER), { maxLength: options.live }),
    })
    .map(({ past, fates, newest, damage, live }) => {
      const fateOf = (index: number) => {
        if (damage !== undefined) return 'arrived';
        if (index === past.length - 1) return newest;
        // When the newest record is lost, no older record may still be in flight.
        return newest === 'vanished' && fates[index] === 'underWay' ? 'vanished' : fates[index];
      };
      const withFate = (...some: readonly string[]) =>
        past.flatMap((_, index) => (some.includes(fateOf(index) ?? '') ? [index] : []));
      return {
        id,
        past,
        arrived: withFate('arrived', 'again'),
        underWay: withFate('underWay'),
        again: withFate('again'),
        live,
        ...(damage !== undefined && { damage }),
      };
    });

const damageArbitrary: fc.Arbitrary<NonNullable<FavouritePast['damage']>> = fc.oneof(
  fc.constant('removed' as const),
  fc
    .record({
      // No damaged position exceeds that of a later event: heal could not tell it from a real position.
      position: fc.constantFrom<string>(positionOf(0), EMPTY_POSITION, '', 'zzz'),
      createdAt: fc.constantFrom(AUGUST, SEPTEMBER, 'yesterday', undefined),
    })
    .map(({ position, createdAt }) =>
      registerOf({ position, ...(createdAt !== undefined && { createdAt }) }),
    ),
);

export const worldArbitrary = (options: { readonly live: number }): fc.Arbitrary<World> =>
  fc.record({
    favourites: fc
      .subarray(['osteria#ada', 'osteria#bob', 'taverna#ada', 'taverna#cat', 'osteria#cat'], { minLength: 1 })
      .chain((ids) => fc.tuple(...ids.map((id) => pastArbitrary(id, options)))),
    scans: fc.constantFrom([bothSides], [['favourites'], ['countedFavourites']] as const, [
      bothSides,
      bothSides,
    ]),
    mode: fc.constant('repair' as const),
    stepMs: fc.constantFrom(Number.POSITIVE_INFINITY, GRACE_MS / 2),
  });

/** Nothing is in flight and no user does anything, so that every difference is drift. */
export const stillWorlds: fc.Arbitrary<World> = worldArbitrary({ live: 0 }).map((world) => ({
  ...world,
  scans: [bothSides],
  favourites: world.favourites.map((past) => ({ ...past, underWay: [] })),
}));
