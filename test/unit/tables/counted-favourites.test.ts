import { describe, expect, it } from '@jest/globals';
import { applyEvent } from '../../../src/counting/counted-favourite.ts';
import { readRegister } from '../../../src/tables/counted-favourites.ts';
import { eventFrom, position } from '../../support/favourite-changes.ts';

const keys = { restaurant_id: { S: 'osteria' }, user_id: { S: 'ada' } };
const AUGUST = '2022-08-01T12:00:00Z';

describe('a register read from the table', () => {
  it('counts a favourite while it has a created_at', () => {
    const item = { ...keys, stream_position: { S: position(5) }, created_at: { S: AUGUST } };
    expect(readRegister(item)).toEqual({ position: position(5), createdAt: AUGUST, expires: false });
  });

  it('is a tombstone when it has no created_at', () => {
    const item = { ...keys, stream_position: { S: position(5) }, expires_at: { N: '1' } };
    expect(readRegister(item)).toEqual({ position: position(5), createdAt: undefined, expires: true });
  });

  it.each([
    ['no position', {}, undefined],
    ['a position that is not text', { stream_position: { N: '9' } }, null],
  ])('is older than any event when damage left it with %s', (_, damage, text) => {
    const register = readRegister({ ...keys, ...damage, created_at: { S: AUGUST } });
    expect(register).toEqual({ position: text, createdAt: AUGUST, expires: false });
    expect(applyEvent(register, eventFrom({ sequence: 0 }))).toMatchObject({ kind: 'applied' });
  });

  it('has null as created_at when the attribute is not a string', () => {
    const item = { ...keys, stream_position: { S: position(5) }, created_at: { N: '1' } };
    expect(readRegister(item).createdAt).toBeNull();
  });
});
