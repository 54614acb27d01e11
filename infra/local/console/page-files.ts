/** The files of the page and the headers of every answer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundlePage } from './page-bundle.ts';

export interface PageFile {
  readonly body: Buffer;
  readonly contentType: string;
}

/** By path. The script and the style sheet are made here and now: see page-bundle.ts. */
export function loadPageFiles(): ReadonlyMap<string, PageFile> {
  const read = (file: string): Buffer => readFileSync(join(import.meta.dirname, 'page', file));
  const { script, style } = bundlePage();
  return new Map([
    ['/', { body: read('index.html'), contentType: 'text/html; charset=utf-8' }],
    ['/console/page.js', { body: script, contentType: 'text/javascript; charset=utf-8' }],
    ['/console/page.css', { body: style, contentType: 'text/css; charset=utf-8' }],
    ['/console/icon.svg', { body: read('icon.svg'), contentType: 'image/svg+xml' }],
  ]);
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
