import { describe, expect, it } from '@jest/globals';
import type { FavouriteRow } from '../../../src/counting/mapping.ts';
import { EMPTY_POSITION, isStreamPosition, OPENED_POSITION } from '../../../src/counting/stream-position.ts';
import { defaultMapping, favouriteKey, position } from '../../support/favourite-changes.ts';
import {
  differs,
  evidenceOf,
  healOf,
  isOpened,
  mayHideEvents,
  type Observation,
  openingOf,
  settledHealOf,
} from '../../../src/counting/drift.ts';
import { isDamaged, replacedBy, type StoredRegister } from '../../../src/counting/counted-favourite.ts';

const AUGUST = '2022-08-01T12:00:00Z';
const SEPTEMBER = '2022-09-01T12:00:00Z';
const row = (createdAt: string): FavouriteRow =>
  defaultMapping.readRow({ restaurant_id_user_id: { S: 'osteria#ada' }, created_at: { S: createdAt } });
const counting = (createdAt: string, options: Partial<StoredRegister> = {}): StoredRegister => ({
  position: position(5),
  createdAt,
  expires: false,
  ...options,
});
const tombstone: StoredRegister = { position: position(5), createdAt: undefined, expires: true };
const seen = (favourite: FavouriteRow | undefined, register: StoredRegister | undefined): Observation => ({
  key: favouriteKey(),
  favourite,
  register,
});

describe('a favourite and its register', () => {
  it.each([
    ['both are absent', undefined, undefined],
    ['there is a tombstone and no row', undefined, tombstone],
    ['the register has the created_at of the row', row(AUGUST), counting(AUGUST)],
    ['a row that can never be counted has no register', row('yesterday'), undefined],
    ['a row that can never be counted has a tombstone', row('yesterday'), tombstone],
    ['heal wrote the register', row(AUGUST), counting(AUGUST, { position: EMPTY_POSITION })],
  ])('agree when %s', (_, favourite, register) => {
    expect(differs(seen(favourite, register))).toBe(false);
  });

  it.each([
    ['the register is missing', row(AUGUST), undefined],
    ['there is a tombstone and a row', row(AUGUST), tombstone],
    ['the register has another created_at', row(AUGUST), counting(SEPTEMBER)],
    ['there is a register and no row', undefined, counting(AUGUST)],
    ['a row that can never be counted is counted', row('yesterday'), counting('yesterday')],
    ['the created_at is not text', undefined, counting(AUGUST, { createdAt: null })],
    ['the position is not text', row(AUGUST), counting(AUGUST, { position: null })],
    ['the position is missing', row(AUGUST), counting(AUGUST, { position: undefined })],
    [
      'neither an event nor heal could have written the position',
      undefined,
      { ...tombstone, position: 'zzz' },
    ],
    ['TTL would delete a counted register', row(AUGUST), counting(AUGUST, { expires: true })],
  ])('differ when %s', (_, favourite, register) => {
    expect(differs(seen(favourite, register))).toBe(true);
  });
});

/** Whether heal still finds the difference after the grace period. */
const stillStands = (first: Observation, second: Observation): boolean =>
  differs(second) && evidenceOf(second) === evidenceOf(first);

describe('a difference', () => {
  const first = seen(row(AUGUST), undefined);

  it('is confirmed if neither side has changed', () => {
    expect(stillStands(first, seen(row(AUGUST), undefined))).toBe(true);
  });

  it.each([
    ['the register appeared', seen(row(AUGUST), counting(AUGUST))],
    ['a tombstone appeared', seen(row(AUGUST), tombstone)],
    ['the row vanished', seen(undefined, undefined)],
    ['another row replaced it', seen(row(SEPTEMBER), undefined)],
    ['the row can no longer be counted', seen(row('yesterday'), undefined)],
  ])('is dropped if %s, because an event was in flight', (_, second) => {
    expect(stillStands(first, second)).toBe(false);
  });

  it('is dropped if the register now has another position', () => {
    const moved = seen(undefined, counting(AUGUST, { position: position(6) }));
    expect(stillStands(seen(undefined, counting(AUGUST)), moved)).toBe(false);
  });

  it('is dropped if the register is now damaged in another way', () => {
    const [missing, notText] = [undefined, null].map((at) => counting(AUGUST, { position: at }));
    expect(stillStands(seen(row(AUGUST), missing), seen(row(AUGUST), notText))).toBe(false);
  });

  it('of a damaged register is confirmed even if the row changed: damage may block events', () => {
    const damaged = counting(AUGUST, { position: 'zzz' });
    expect(stillStands(seen(undefined, damaged), seen(row(SEPTEMBER), damaged))).toBe(true);
    expect(mayHideEvents(seen(undefined, damaged))).toBe(true);
    expect(mayHideEvents(first)).toBe(false);
  });
});

describe('the change that heal commits', () => {
  it('keeps the register’s position and requires exactly this register', () => {
    const register = counting(SEPTEMBER);
    expect(healOf(seen(row(AUGUST), register))).toEqual({
      key: favouriteKey(),
      next: { position: position(5), createdAt: AUGUST },
      requires: { kind: 'exactly', register },
      oldestWrittenAtMs: undefined,
    });
  });

  it('is a tombstone if there is no favourite', () => {
    const { next } = healOf(seen(undefined, counting(AUGUST)));
    expect(next).toEqual({ position: position(5), createdAt: undefined });
  });

  it('writes a position below that of any event without a register, or without a readable position', () => {
    expect(healOf(seen(row(AUGUST), undefined)).next.position).toBe(EMPTY_POSITION);
    for (const unreadable of ['zzz', '', null, undefined]) {
      const { next } = healOf(seen(row(AUGUST), counting(AUGUST, { position: unreadable })));
      expect(next.position).toBe(OPENED_POSITION);
      expect(next.position < position(0)).toBe(true);
    }
  });

  it('opens an unreadable position without a change of what is counted, and settles it later', () => {
    const unreadable = seen(row(SEPTEMBER), counting(AUGUST, { position: 'zzz' }));
    const { next, requires } = openingOf(unreadable);
    expect(next).toEqual({ position: OPENED_POSITION, createdAt: AUGUST });
    expect(requires).toEqual({ kind: 'exactly', register: unreadable.register });

    const opened = seen(row(AUGUST), counting(AUGUST, { position: OPENED_POSITION }));
    expect(differs(opened)).toBe(true);
    expect(isOpened(opened)).toBe(true);
    // Redrive heals what is counted and leaves it open; heal settles it after the grace period.
    expect(healOf(opened).next.position).toBe(OPENED_POSITION);
    expect(settledHealOf(opened).next).toEqual({ position: EMPTY_POSITION, createdAt: AUGUST });
  });

  it('treats a created_at that is not text as not counted, because no count includes it', () => {
    const change = healOf(seen(row(AUGUST), counting(AUGUST, { createdAt: null })));
    expect(replacedBy(change)).toBeUndefined();
  });
});

describe('the position of a register', () => {
  it('is valid if an event or heal wrote it', () => {
    expect(isStreamPosition(position(7))).toBe(true);
    expect(isStreamPosition(EMPTY_POSITION)).toBe(true);
  });

  it.each(['', 'zzz', '#1', `label#${'0'.repeat(40)}`, `${EMPTY_POSITION}0`, null, undefined, 7])(
    'is damaged if it is %p',
    (text) => {
      expect(isStreamPosition(text)).toBe(false);
    },
  );

  it('is enough for a tombstone, whose missing expiry is not damage', () => {
    expect(isDamaged({ ...tombstone, expires: false })).toBe(false);
  });
});
