import { describe, expect, it } from '@jest/globals';
import { listDeadLetters } from '../../infra/local/console/list-dead-letters.ts';

describe('the dead letters on the page', () => {
  it('escape what nobody would see, and stay readable in any script', () => {
    const body = 'مطعم\u202etxt\u2028\u0000 👩‍🍳\n  two';
    const { letters } = listDeadLetters([{ kind: 'unreadable', messageId: 'm', body }]);
    expect(letters.map(({ record }) => record)).toEqual(['مطعم\\u202etxt\\u2028\\u0000 👩‍🍳\n  two']);
  });
});
