/** The paths of the page's files, and the headers of every response of the console. */
export interface PageFile {
  readonly body: Buffer;
  readonly contentType: string;
}

export const pageFileNames = [
  { path: '/', name: 'index.html', contentType: 'text/html; charset=utf-8' },
  { path: '/console/page.js', name: 'page.js', contentType: 'text/javascript; charset=utf-8' },
  { path: '/console/page.css', name: 'page.css', contentType: 'text/css; charset=utf-8' },
  { path: '/console/icon.svg', name: 'icon.svg', contentType: 'image/svg+xml' },
] as const;

/** The headers forbid content from other origins, inline code and framing. The page does not need them. */
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
