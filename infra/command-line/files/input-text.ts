/**
 * Opens an input file as a stream of bytes: unpacks gzip, drops a byte-order mark, and refuses UTF-16. The
 * first bytes tell what the file is, whatever its name.
 */
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InputError } from '../input-error.ts';

const CHUNK_BYTES = 64 * 1024;
/** More than a line with the largest item. */
const HEAD_BYTES_MAX = 1_000_000;
const LINE_FEED = 0x0a;
/** Starts a ZIP file, also one of Excel. */
const ZIP = Buffer.from('PK\u0003\u0004');

/** Gets the bytes of a file as they are read, before they are unpacked. */
export interface FileProgress {
  onBytes(bytes: Buffer): Promise<void> | void;
  onFileEnd(): void;
}

export interface InputText {
  readonly path: string;
  /** The start of the file: at least its first line. */
  readonly head: Buffer;
  /** The whole file. */
  readonly chunks: AsyncIterable<Buffer>;
}

/** @throws {InputError} when the file cannot be read, or is not text in UTF-8 */
export async function openInputText(path: string, progress: FileProgress): Promise<InputText> {
  const chunks = unpacked(path, progress);
  let head: Buffer = Buffer.alloc(0);
  while (head.length < HEAD_BYTES_MAX && !hasLine(head)) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  if (head.subarray(0, ZIP.length).equals(ZIP)) {
    throw new InputError(`${path} is a ZIP file or an Excel workbook; unzip it, or save it as CSV.`);
  }
  rejectUtf16(path, head);
  head = withoutMark(head);
  async function* all(): AsyncGenerator<Buffer, void> {
    if (head.length > 0) yield head;
    yield* chunks;
  }
  return { path, head, chunks: all() };
}

/** Whether a line that is not empty has ended. */
function hasLine(bytes: Buffer): boolean {
  const first = bytes.findIndex((byte) => byte > 0x20);
  return first !== -1 && bytes.includes(LINE_FEED, first);
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

function withoutMark(head: Buffer): Buffer {
  const hasMark = head.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  return hasMark ? head.subarray(BYTE_ORDER_MARK.length) : head;
}

/** @throws {InputError} with the command that converts the file */
function rejectUtf16(path: string, head: Buffer): void {
  const encoding = utf16Of(head);
  if (encoding === undefined) return;
  const file = quoted(path);
  const isPacked = /\.gz$/i.test(path);
  const convert = `${isPacked ? `gunzip -c ${file} | ` : ''}iconv -f ${encoding} -t UTF-8`;
  const converted = quoted(`${path.replace(/\.gz$/i, '')}.utf8.csv`);
  throw new InputError(
    `${path} is UTF-16, not UTF-8; convert it: ${convert}${isPacked ? '' : ` ${file}`} > ${converted}`,
  );
}

/** A text of mostly Latin letters has a NUL in every other byte. */
function utf16Of(head: Buffer): string | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'UTF-16';
  if (head[0] === 0xfe && head[1] === 0xff) return 'UTF-16';
  const start = head.subarray(0, 8);
  if (start.length < 4) return undefined;
  const isNul = (odd: number): boolean => start.every((byte, at) => (byte === 0) === (at % 2 === odd));
  if (isNul(1)) return 'UTF-16LE';
  return isNul(0) ? 'UTF-16BE' : undefined;
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w./+,@%-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

async function* unpacked(path: string, progress: FileProgress): AsyncGenerator<Buffer, void> {
  const packed = bytesOf(path, progress);
  const next = await packed.next();
  if (next.done === true) return;
  const first = next.value;
  async function* all(): AsyncGenerator<Buffer, void> {
    yield first;
    yield* packed;
  }
  if (first[0] !== 0x1f || first[1] !== 0x8b) {
    yield* all();
    return;
  }
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // The loop below throws the error.
  pipeline(Readable.from(all()), gunzip, () => {});
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (!code.startsWith('Z_')) throw cause;
    const reason = code === 'Z_BUF_ERROR' ? 'ends too early' : `is damaged (${message})`;
    throw new InputError(`${path}: the gzip file ${reason}; copy or download it again.`, { cause });
  }
}

async function* bytesOf(path: string, progress: FileProgress): AsyncGenerator<Buffer, void> {
  const stream = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    for await (const chunk of stream) {
      await progress.onBytes(chunk as Buffer);
      yield chunk as Buffer;
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    throw new InputError(`Cannot read ${path}: ${reasonOf(cause)}.`, { cause });
  }
  progress.onFileEnd();
}

/** Why a file could not be opened or read. */
export function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a directory, expected a file';
  if (code === 'EACCES') return 'it is not readable; change its permissions';
  return message;
}
