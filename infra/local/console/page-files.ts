/** The files of the page and the headers of every answer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface PageFile {
  readonly body: Buffer;
  readonly contentType: string;
}

const files: readonly (readonly [path: string, file: string, contentType: string])[] = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/console/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/console/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/console/icon.svg', 'icon.svg', 'image/svg+xml'],
];

export function loadPageFiles(): ReadonlyMap<string, PageFile> {
  const directory = join(import.meta.dirname, 'page');
  return new Map(
    files.map(([path, file, contentType]) => [
      path,
      { body: readFileSync(join(directory, file)), contentType },
    ]),
  );
}

/** Nothing from elsewhere, nothing inline, no framing: the page needs none of it. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};
