import { describe, expect, it } from '@jest/globals';
import { type FavouriteRow, parseFavouriteRow } from '../../../src/counting/favourite-event.ts';
import { EMPTY_POSITION, isStreamPosition } from '../../../src/counting/stream-position.ts';
import { favouritesTable } from '../../../src/tables/schema.ts';
import { favouriteKey, position } from '../../support/favourite-changes.ts';
import {
  differs,
  healOf,
  mayHideEvents,
  type Observation,
  stillStands,
} from '../../../src/counting/drift.ts';
import { isDamaged, replacedBy, type StoredRegister } from '../../../src/counting/counted-favourite.ts';

const AUGUST = '2022-08-01T12:00:00Z';
const SEPTEMBER = '2022-09-01T12:00:00Z';
const row = (createdAt: string): FavouriteRow =>
  parseFavouriteRow(
    { restaurant_id_user_id: { S: 'osteria#ada' }, created_at: { S: createdAt } },
    favouritesTable,
  );
const counting = (createdAt: string, o: Partial<StoredRegister> = {}): StoredRegister => ({
  position: position(5),
  createdAt,
  expires: false,
  ...o,
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
    ['a tombstone stands for no row', undefined, tombstone],
    ['the register counts what the row says', row(AUGUST), counting(AUGUST)],
    ['a row that can never be counted has no register', row('yesterday'), undefined],
    ['a row that can never be counted has a tombstone', row('yesterday'), tombstone],
    ['heal wrote the register', row(AUGUST), counting(AUGUST, { position: EMPTY_POSITION })],
  ])('agree where %s', (_, favourite, register) => {
    expect(differs(seen(favourite, register))).toBe(false);
  });

  it.each([
    ['the register is missing', row(AUGUST), undefined],
    ['a tombstone stands for a row', row(AUGUST), tombstone],
    ['the created_at is another one', row(AUGUST), counting(SEPTEMBER)],
    ['no row is there', undefined, counting(AUGUST)],
    ['a row that can never be counted is counted', row('yesterday'), counting('yesterday')],
    ['the created_at is no text', undefined, counting(AUGUST, { createdAt: null })],
    ['the position is no text', row(AUGUST), counting(AUGUST, { position: null })],
    ['the position is missing', row(AUGUST), counting(AUGUST, { position: undefined })],
    ['the position is none that was ever written', undefined, { ...tombstone, position: 'zzz' }],
    ['TTL would take a counted register away', row(AUGUST), counting(AUGUST, { expires: true })],
  ])('differ where %s', (_, favourite, register) => {
    expect(differs(seen(favourite, register))).toBe(true);
  });
});

describe('a difference', () => {
  const first = seen(row(AUGUST), undefined);

  it('stands where both sides are as they were', () => {
    expect(stillStands(first, seen(row(AUGUST), undefined))).toBe(true);
  });

  it.each([
    ['the register came', seen(row(AUGUST), counting(AUGUST))],
    ['a tombstone came', seen(row(AUGUST), tombstone)],
    ['the row went', seen(undefined, undefined)],
    ['the row went and another came', seen(row(SEPTEMBER), undefined)],
    ['the row can be counted no more', seen(row('yesterday'), undefined)],
  ])('does not stand where %s: something was under way', (_, second) => {
    expect(stillStands(first, second)).toBe(false);
  });

  it('does not stand where the register moved to another position, for it moves still', () => {
    const moved = seen(undefined, counting(AUGUST, { position: position(6) }));
    expect(stillStands(seen(undefined, counting(AUGUST)), moved)).toBe(false);
  });

  it('that is damage stands wherever the row is by now, for damage may keep its events out', () => {
    const damaged = counting(AUGUST, { position: 'zzz' });
    expect(stillStands(seen(undefined, damaged), seen(row(SEPTEMBER), damaged))).toBe(true);
    expect(mayHideEvents(seen(undefined, damaged))).toBe(true);
    expect(mayHideEvents(first)).toBe(false);
  });
});

describe('the change that heals', () => {
  it('keeps the position of the register and holds only while it is this one', () => {
    const register = counting(SEPTEMBER);
    expect(healOf(seen(row(AUGUST), register))).toEqual({
      key: favouriteKey(),
      next: { position: position(5), createdAt: AUGUST },
      requires: { kind: 'exactly', register },
      oldestWrittenAtMs: undefined,
    });
  });

  it('is a tombstone where no favourite is', () => {
    const { next } = healOf(seen(undefined, counting(AUGUST)));
    expect(next).toEqual({ position: position(5), createdAt: undefined });
  });

  it('writes the lowest position where none is left, so that any event wins', () => {
    for (const register of [
      undefined,
      counting(AUGUST, { position: 'zzz' }),
      counting(AUGUST, { position: null }),
    ]) {
      const { next } = healOf(seen(row(AUGUST), register));
      expect(next.position).toBe(EMPTY_POSITION);
      expect(next.position < position(0)).toBe(true);
    }
  });

  it('expects nothing counted of a created_at that is no text: no count was ever moved for it', () => {
    const change = healOf(seen(row(AUGUST), counting(AUGUST, { createdAt: null })));
    expect(replacedBy(change)).toBeUndefined();
  });
});

describe('the position of a register', () => {
  it('is sound as an event or heal writes it', () => {
    expect(isStreamPosition(position(7))).toBe(true);
    expect(isStreamPosition(EMPTY_POSITION)).toBe(true);
  });

  it.each(['', 'zzz', '#1', `label#${'0'.repeat(40)}`, `${EMPTY_POSITION}0`, null, undefined, 7])(
    'is damage as %p',
    (text) => {
      expect(isStreamPosition(text)).toBe(false);
    },
  );

  it('is all that a tombstone needs: one that never expires is none the worse', () => {
    expect(isDamaged({ ...tombstone, expires: false })).toBe(false);
  });
});
