/**
 * The position of a record: `<stream label>#<sequence number, padded to 40 digits>`. Positions of one
 * favourite compare as strings, and the highest wins (I2). The label comes first because a re-enabled stream
 * or a restored table gets a later label: its events must win over those of the previous stream.
 */
import type { Brand } from './brand.ts';

export type StreamPosition = Brand<string, 'StreamPosition'>;

/** Sequence numbers have 21 to 40 digits (DynamoDB Streams API reference, StreamRecord). */
const SEQUENCE_DIGITS = 40;
const SEQUENCE_NUMBER = /^\d{1,40}$/;
/**
 * The end of a stream's ARN: the time at which the stream was enabled, so labels sort by time. AWS writes it
 * as ISO 8601; local engines write something else. It must begin with a digit, to sort after the empty label
 * of a healed register.
 */
const STREAM_LABEL = /\/stream\/(\d[^/#]{0,63})$/;

/** Undefined unless both have the format of a DynamoDB stream. */
export function parseStreamPosition(
  eventSourceArn: unknown,
  sequenceNumber: unknown,
): StreamPosition | undefined {
  if (typeof eventSourceArn !== 'string' || typeof sequenceNumber !== 'string') return undefined;
  const label = STREAM_LABEL.exec(eventSourceArn)?.[1];
  if (label === undefined || !SEQUENCE_NUMBER.test(sequenceNumber)) return undefined;
  return `${label}#${sequenceNumber.padStart(SEQUENCE_DIGITS, '0')}` as StreamPosition;
}

/** Lower than the position of any event. Heal writes it where there was no register. */
export const EMPTY_POSITION = `#${'0'.repeat(SEQUENCE_DIGITS)}` as StreamPosition;

/**
 * The position of a register that heal has opened, and will settle after the grace period. Lower than the
 * position of any event, and higher than the empty one.
 */
export const OPENED_POSITION = `#${'1'.padStart(SEQUENCE_DIGITS, '0')}` as StreamPosition;

/** Whether the text is a valid position, written by an event or by heal. */
export function isStreamPosition(text: unknown): text is StreamPosition {
  return typeof text === 'string' && /^(?:\d[^/#]{0,63})?#\d{40}$/.test(text);
}
