/**
 * Where in which stream a record stands: `<stream label>#<sequence number, padded to 40 digits>`. Positions of
 * one favourite compare as strings, and the highest wins (I2). The label goes first: a re-enabled stream or a
 * restored table gets a later one, and with it wins over every sequence number of the stream before.
 */
import type { Brand } from './brand.ts';

export type StreamPosition = Brand<string, 'StreamPosition'>;

/** Sequence numbers have 21 to 40 digits (DynamoDB Streams API reference, StreamRecord). */
const SEQUENCE_DIGITS = 40;
const SEQUENCE_NUMBER = /^\d{1,40}$/;
/**
 * The end of a stream's ARN: the moment the stream was enabled, so that labels sort by time. AWS writes ISO 8601,
 * local engines other clocks; a leading digit keeps every label above the empty one of a healed register.
 */
const STREAM_LABEL = /\/stream\/(\d[^/#]{0,63})$/;

/** Undefined when either is not what a DynamoDB stream gives. */
export function parseStreamPosition(
  eventSourceArn: unknown,
  sequenceNumber: unknown,
): StreamPosition | undefined {
  if (typeof eventSourceArn !== 'string' || typeof sequenceNumber !== 'string') return undefined;
  const label = STREAM_LABEL.exec(eventSourceArn)?.[1];
  if (label === undefined || !SEQUENCE_NUMBER.test(sequenceNumber)) return undefined;
  return `${label}#${sequenceNumber.padStart(SEQUENCE_DIGITS, '0')}` as StreamPosition;
}

/** Below every event: what heal writes where no position is left. */
export const EMPTY_POSITION = `#${'0'.repeat(SEQUENCE_DIGITS)}` as StreamPosition;

/** Whether a register's position is one that an event or heal writes. */
export function isStreamPosition(text: unknown): text is StreamPosition {
  return typeof text === 'string' && /^(?:\d[^/#]{0,63})?#\d{40}$/.test(text);
}
