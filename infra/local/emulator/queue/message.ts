import { createHash } from 'node:crypto';

export interface MessageAttribute {
  /** `String`, `Number` or `Binary`, perhaps with a custom suffix: `String.kind` */
  readonly DataType: string;
  readonly StringValue?: string;
  /** base64 */
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** A message as it lies in a queue. */
export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly sentAtMs: number;
  /** how many times it was handed out */
  readonly receiveCount: number;
}

export function md5OfBody(body: string): string {
  return createHash('md5').update(body, 'utf8').digest('hex');
}

/** As in the SQS developer guide, "Calculating the MD5 message digest for message attributes"; nothing when there are none. */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).toSorted();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const attribute = attributes[name];
    if (attribute === undefined) continue;
    add(Buffer.from(name, 'utf8'));
    add(Buffer.from(attribute.DataType, 'utf8'));
    hash.update(Buffer.from([attribute.BinaryValue === undefined ? 1 : 2]));
    add(attributeValue(attribute));
  }
  return hash.digest('hex');
}

/** What SQS counts against the limits: the body, and each attribute's name, type and value. */
export function messageSizeBytes(message: {
  readonly body: string;
  readonly attributes: MessageAttributes;
}): number {
  const attributes = Object.entries(message.attributes).map(
    ([name, attribute]) =>
      Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + attributeValue(attribute).length,
  );
  return attributes.reduce((sum, size) => sum + size, Buffer.byteLength(message.body));
}

/** The first character that SQS refuses (SendMessage API reference), written `#x0`; nothing when the text is fine. */
export function findRefusedCharacter(text: string): string | undefined {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (!isAllowed(code)) return `#x${code.toString(16)}`;
  }
  return undefined;
}

/** A lone surrogate, which JSON can carry, has a code between the second and the third range. */
function isAllowed(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000;
}

function attributeValue(attribute: MessageAttribute): Buffer {
  return attribute.BinaryValue === undefined
    ? Buffer.from(attribute.StringValue ?? '', 'utf8')
    : Buffer.from(attribute.BinaryValue, 'base64');
}
