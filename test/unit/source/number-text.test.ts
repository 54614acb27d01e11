import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { plainNumber } from '../../../src/counting/source/number-text.ts';

describe('a number as plain digits', () => {
  it.each([
    ['7', '7'],
    ['007', '7'],
    ['7.0', '7'],
    ['7.', '7'],
    ['.5', '0.5'],
    ['+7', '7'],
    ['-7.50', '-7.5'],
    ['0', '0'],
    ['-0', '0'],
    ['0.000', '0'],
    ['1E2', '100'],
    ['1.50e+1', '15'],
    ['125e-2', '1.25'],
    ['5E-3', '0.005'],
    ['1e0', '1'],
    ['99999999999999999999999999999999999999', '99999999999999999999999999999999999999'],
    ['1e38', `1${'0'.repeat(38)}`],
    ['00000000000000000000000000000000000000000000001', '1'],
  ])('makes %s %s', (text, plain) => {
    expect(plainNumber(text)).toBe(plain);
  });

  it.each(['', ' 7', '7 ', '.', '-', 'e5', '1e', '0x10', 'NaN', 'Infinity', '1_000', '1,5', '٣', '1e1000'])(
    'rejects %j',
    (text) => {
      expect(plainNumber(text)).toBeUndefined();
    },
  );

  it.each([undefined, null, 7, {}, ['7']])('rejects %j, which is not text', (value) => {
    expect(plainNumber(value)).toBeUndefined();
  });

  it('rejects more than the 38 significant digits of DynamoDB, instead of losing one', () => {
    expect(plainNumber(`1${'0'.repeat(37)}1`)).toBeUndefined();
    expect(plainNumber('123456789012345678901234567890.123456789')).toBeUndefined();
  });

  it('always gives equal numbers the same text, and different numbers different texts', () => {
    const digits = fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n });
    const places = fc.nat({ max: 20 });
    const written = (number: bigint, zeros: number): readonly string[] => {
      const sign = number < 0n ? '-' : '';
      const absolute = String(number < 0n ? -number : number);
      return [
        `${sign}${'0'.repeat(zeros)}${absolute}`,
        `${sign}${absolute}.${'0'.repeat(zeros)}`,
        `${sign}${absolute}E0`,
        `${sign}${absolute.slice(0, 1)}.${absolute.slice(1)}e${absolute.length - 1}`,
      ];
    };
    fc.assert(
      fc.property(digits, places, (number, zeros) => {
        expect(new Set(written(number, zeros).map(plainNumber))).toEqual(new Set([String(number)]));
      }),
    );
  });
});
