/** SHA-256 for use-cases, which import nothing of Node. */
import { createHash } from 'node:crypto';

/** In base64url, 43 characters. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
