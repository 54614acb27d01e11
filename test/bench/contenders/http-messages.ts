/**
 * Cuts a stream of bytes into HTTP/1.1 messages. DynamoDB's clients and the engine give every message a
 * `content-length`, so this needs far less CPU than Node's parser, and the relay stays cheap.
 */
const HEAD_END = Buffer.from('\r\n\r\n');

export interface HttpMessage {
  /** The first line and the headers, without the empty line. */
  readonly head: string;
  readonly body: Buffer;
}

/** @returns takes the next bytes, and calls `onMessage` for each message that is complete */
export function cutMessages(onMessage: (message: HttpMessage) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    for (;;) {
      const headEnd = rest.indexOf(HEAD_END);
      if (headEnd === -1) return;
      const head = rest.toString('latin1', 0, headEnd);
      const bodyStart = headEnd + HEAD_END.length;
      const bodyEnd = bodyStart + Number(headerOf(head, 'content-length') ?? 0);
      if (rest.length < bodyEnd) return;
      const body = rest.subarray(bodyStart, bodyEnd);
      rest = rest.subarray(bodyEnd);
      onMessage({ head, body });
    }
  };
}

/** @param name in lower case, as the SDK and the engine write it */
export function headerOf(head: string, name: string): string | undefined {
  const start = head.indexOf(`\r\n${name}: `);
  if (start === -1) return undefined;
  const from = start + name.length + 4;
  const end = head.indexOf('\r\n', from);
  return end === -1 ? head.slice(from) : head.slice(from, end);
}

export function responseOf(status: string, body: Buffer | string): Buffer {
  const head =
    `HTTP/1.1 ${status}\r\ncontent-type: application/x-amz-json-1.0\r\n` +
    `content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]);
}
