import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseStreamPosition } from '../../../src/counting/stream-position.ts';
import { STREAM_ARN, STREAM_LABEL, streamArn } from '../../support/stream-records.ts';

const positionOf = (sequenceNumber: string, label = STREAM_LABEL): string => {
  const position = parseStreamPosition(streamArn(label), sequenceNumber);
  if (position === undefined) throw new Error(`${label} and ${sequenceNumber} do not form a position`);
  return position;
};
/** The position that heal writes to a missing register: no label, and zeros. */
const HEALED = `#${'0'.repeat(40)}`;

const sequenceNumbers = fc.bigInt({ min: 0n, max: 10n ** 40n - 1n });
const labels = fc
  .date({ min: new Date('2012-01-01T00:00:00Z'), max: new Date('2199-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, -1));

describe('a stream position', () => {
  it('is the label of the stream and the sequence number, padded to 40 digits', () => {
    expect(positionOf('123')).toBe(`${STREAM_LABEL}#${'0'.repeat(37)}123`);
    expect(positionOf('9'.repeat(40))).toBe(`${STREAM_LABEL}#${'9'.repeat(40)}`);
  });

  it('distinguishes neighbouring sequence numbers that are the same JavaScript number', () => {
    const [lower, higher] = [
      '900719925474099300000000000000000000001',
      '900719925474099300000000000000000000002',
    ];
    expect(Number(lower)).toBe(Number(higher));
    expect(positionOf(lower) < positionOf(higher)).toBe(true);
  });

  it('sorts a shorter sequence number below a longer one, whatever its digits', () => {
    expect(positionOf('9'.repeat(21)) < positionOf(`1${'0'.repeat(21)}`)).toBe(true);
  });

  it('always sorts like its sequence number within one stream', () => {
    fc.assert(
      fc.property(sequenceNumbers, sequenceNumbers, (a, b) => {
        expect(positionOf(String(a)) < positionOf(String(b))).toBe(a < b);
        expect(positionOf(String(a)) === positionOf(String(b))).toBe(a === b);
      }),
    );
  });

  it('of a later stream always sorts above every position of an earlier one', () => {
    fc.assert(
      fc.property(labels, labels, sequenceNumbers, sequenceNumbers, (one, other, a, b) => {
        fc.pre(one !== other);
        const [earlier = '', later = ''] = [one, other].toSorted();
        expect(positionOf(String(a), earlier) < positionOf(String(b), later)).toBe(true);
      }),
    );
  });

  it('always sorts above the position that heal writes to a register without one', () => {
    fc.assert(
      fc.property(labels, sequenceNumbers, (label, sequenceNumber) => {
        expect(HEALED < positionOf(String(sequenceNumber), label)).toBe(true);
      }),
    );
    expect(HEALED < positionOf('0', '0')).toBe(true);
    expect('' < positionOf('0')).toBe(true);
  });

  it('accepts the label of a local engine, which starts with a digit and has at most 64 characters', () => {
    expect(positionOf('1', '1714979289123')).toBe(`1714979289123#${'1'.padStart(40, '0')}`);
    expect(parseStreamPosition(streamArn(`2${'x'.repeat(63)}`), '1')).toBeDefined();
    expect(parseStreamPosition(streamArn(`2${'x'.repeat(64)}`), '1')).toBeUndefined();
  });

  it.each([
    ['no stream', 'arn:aws:dynamodb:eu-west-1:123456789012:table/Favourites'],
    ['an empty label', streamArn('')],
    ['a label that begins with a letter', streamArn('latest')],
    ['a label with a #', streamArn('2024#2')],
    ['a label with a slash', streamArn('2024/2')],
    ['something after the label', `${STREAM_ARN}/`],
    ['a line break after the label', `${STREAM_ARN}\n#`],
    ['a number', 2024],
    ['nothing', undefined],
    ['null', null],
    ['an object', { toString: () => STREAM_ARN }],
  ])('is undefined for an ARN with %s', (_, arn) => {
    expect(parseStreamPosition(arn, '1')).toBeUndefined();
  });

  it.each([
    ['41 digits', '1'.repeat(41)],
    ['no digit', ''],
    ['a sign', '-1'],
    ['a decimal point', '1.5'],
    ['an exponent', '1e5'],
    ['a space', ' 1'],
    ['a line break at the end', '1\n'],
    ['digits of another script', '١٢٣'],
    ['hexadecimal', '0x10'],
    ['a number', 1],
    ['a bigint', 1n],
    ['nothing', undefined],
  ])('is undefined for a sequence number with %s', (_, sequenceNumber) => {
    expect(parseStreamPosition(STREAM_ARN, sequenceNumber)).toBeUndefined();
  });
});
