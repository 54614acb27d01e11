/** Computes digests and sizes of messages as SQS does, and finds invalid characters. */
import { createHash } from 'node:crypto';
import type { MessageAttribute, MessageAttributes } from './requests.ts';

export function md5OfBody(body: string): string {
  return createHash('md5').update(body, 'utf8').digest('hex');
}

/**
 * MD5 as in the SQS developer guide, "Calculating the MD5 message digest for message attributes"; undefined
 * if the message has no attributes.
 */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const entries = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return undefined;
  const hash = createHash('md5');
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const [name, attribute] of entries) {
    add(Buffer.from(name, 'utf8'));
    add(Buffer.from(attribute.DataType, 'utf8'));
    hash.update(Buffer.from([attribute.BinaryValue === undefined ? 1 : 2]));
    add(attributeValue(attribute));
  }
  return hash.digest('hex');
}

/** The size that counts toward SQS's limits: the body, and each attribute's name, type and value. */
export function messageSizeBytes(body: string, attributes: MessageAttributes): number {
  return Object.entries(attributes).reduce(
    (sum, [name, attribute]) =>
      sum +
      Buffer.byteLength(name) +
      Buffer.byteLength(attribute.DataType) +
      attributeValue(attribute).length,
    Buffer.byteLength(body),
  );
}

/**
 * The first character that SQS rejects (SendMessage API reference), as `#x0`; undefined if SQS accepts
 * all characters.
 */
export function findRefusedCharacter(text: string): string | undefined {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (!isAllowed(code)) return `#x${code.toString(16)}`;
  }
  return undefined;
}

/** The ranges exclude lone surrogates, 0xd800 to 0xdfff, which JSON allows. */
function isAllowed(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000;
}

function attributeValue({ StringValue = '', BinaryValue }: MessageAttribute): Buffer {
  return BinaryValue === undefined ? Buffer.from(StringValue, 'utf8') : Buffer.from(BinaryValue, 'base64');
}
