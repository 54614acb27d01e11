/** Builds favourite events and folded changes, for tests of the counting rules and of the commit. */
import type { FavouriteEvent } from '../../src/counting/favourite-event.ts';
import { createMapping } from '../../src/counting/mapping.ts';
import type { RegisterKey, RestaurantId, RowId } from '../../src/counting/register-key.ts';
import { defaultSource } from '../../src/counting/source/source.ts';
import type { StreamPosition } from '../../src/counting/stream-position.ts';
import { type CreatedAt, parseCreatedAt } from '../../src/counting/time-window.ts';
import { STREAM_LABEL } from './stream-records.ts';
import type { FavouriteChange } from '../../src/counting/counted-favourite.ts';

export const defaultMapping = createMapping(defaultSource, 'UTC');

export function favouriteKey(restaurantId = 'osteria', userId = 'ada'): RegisterKey {
  return { restaurantId: restaurantId as RestaurantId, rowId: userId as RowId };
}

/**
 * The two ids as one text, joined by `#` like the key of a row of the default table. A `#` in the restaurant
 * id is escaped, so that no other register has this text, whatever the ids hold.
 */
export function favouriteId({ restaurantId, rowId }: RegisterKey): string {
  return `${restaurantId.replaceAll('%', '%25').replaceAll('#', '%23')}#${rowId}`;
}

/** The register whose {@link favouriteId} this is. */
export function registerKeyOf(id: string): RegisterKey {
  const at = id.indexOf('#');
  const restaurantId = id.slice(0, at).replaceAll('%23', '#').replaceAll('%25', '%');
  return favouriteKey(restaurantId, id.slice(at + 1));
}

export function position(sequence: number): StreamPosition {
  return `${STREAM_LABEL}#${String(sequence).padStart(40, '0')}` as StreamPosition;
}

/** @throws when the text is not a `created_at`, so that no test uses an impossible favourite. */
export function createdAt(text: string): CreatedAt {
  const parsed = parseCreatedAt(text);
  if (parsed === undefined) throw new Error(`'${text}' is not a created_at`);
  return parsed;
}

/** A mark when `mark` is given; otherwise an un-mark with `unmark` as the `created_at` in its old image. */
export function eventFrom(options: {
  readonly sequence: number;
  readonly restaurantId?: string;
  readonly userId?: string;
  readonly mark?: string;
  readonly unmark?: string | undefined;
  readonly writtenAtMs?: number;
}): FavouriteEvent {
  return {
    key: favouriteKey(options.restaurantId, options.userId),
    position: position(options.sequence),
    createdAt: optional(options.mark),
    previousCreatedAt: options.mark === undefined ? optional(options.unmark) : undefined,
    writtenAtMs: options.writtenAtMs,
  };
}

/** The change of one event from `expected` to `next`, each a `created_at`; undefined means not counted. */
export function changeFrom({
  sequence = 1,
  expected,
  next,
  oldestWrittenAtMs,
  ...ids
}: {
  readonly sequence?: number;
  readonly restaurantId?: string;
  readonly userId?: string;
  readonly expected?: string;
  readonly next?: string;
  readonly oldestWrittenAtMs?: number;
}): FavouriteChange {
  const event = eventFrom({
    sequence,
    ...ids,
    ...(next === undefined ? { unmark: expected } : { mark: next }),
  });
  return {
    key: event.key,
    next: { position: event.position, createdAt: optional(next) },
    requires: { kind: 'older-than-event', event, counting: optional(expected) },
    oldestWrittenAtMs,
  };
}

function optional(text: string | undefined): CreatedAt | undefined {
  return text === undefined ? undefined : createdAt(text);
}
