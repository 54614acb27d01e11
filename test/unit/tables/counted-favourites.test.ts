import { describe, expect, it } from '@jest/globals';
import { readRegister } from '../../../src/tables/counted-favourites.ts';
import { position } from '../../support/favourite-changes.ts';

const keys = { restaurant_id: { S: 'osteria' }, user_id: { S: 'ada' } };

describe('a register as it stands in the table', () => {
  it('counts while it has a created_at', () => {
    const item = { ...keys, stream_position: { S: position(5) }, created_at: { S: '2022-08-01T12:00:00Z' } };
    expect(readRegister(item)).toEqual({ position: position(5), createdAt: '2022-08-01T12:00:00Z' });
  });

  it('is a tombstone without one', () => {
    const item = { ...keys, stream_position: { S: position(5) }, expires_at: { N: '1' } };
    expect(readRegister(item)).toEqual({ position: position(5), createdAt: undefined });
  });

  it('is none when no item, or an empty one, came back', () => {
    expect(readRegister(undefined)).toBeUndefined();
    expect(readRegister({})).toBeUndefined();
  });

  it('is the oldest of all when damage left it without a position', () => {
    const damaged = readRegister({ ...keys, created_at: { S: '2022-08-01T12:00:00Z' } });
    expect(damaged).toEqual({ position: '', createdAt: '2022-08-01T12:00:00Z' });
    expect((damaged?.position ?? position(0)) < position(0)).toBe(true);
    expect(readRegister({ ...keys, stream_position: { N: '9' } })?.position).toBe('');
  });
});
