/** SHA-256 for use-cases, which import nothing of Node. */
import { createHash, hash } from 'node:crypto';

/** In base64url, 43 characters. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** The 32 bytes, at twice the speed of a hash object. */
export function sha256Bytes(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
