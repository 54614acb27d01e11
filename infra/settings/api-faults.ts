/** What the settings of the API may be, beyond its whole numbers. */
import { apiAuthorizations } from '../../src/lambda/environment.ts';
import type { ApiSettings, Settings } from './settings.ts';

export function apiFaults({ api, timeWindows }: Settings): readonly string[] {
  return [
    ...authorizationFaults(api.authorization),
    ...api.corsOrigins
      .filter((origin) => !isOrigin(origin))
      .map((origin) => `api.corsOrigins has '${origin}', expected an origin such as https://example.com`),
    ...(api.servedTimeWindows ?? [])
      .filter((kind) => timeWindows[kind] === undefined)
      .map((kind) => `api.servedTimeWindows has '${kind}', expected kinds that timeWindows keeps`),
  ];
}

function authorizationFaults(authorization: ApiSettings['authorization']): readonly string[] {
  const { kind } = authorization;
  if (kind === 'IAM') return [];
  if (kind !== 'JWT') {
    return [`api.authorization.kind is '${String(kind)}', expected ${apiAuthorizations.join(' or ')}`];
  }
  const { issuer, audience } = authorization;
  return [
    ...(isIssuer(issuer)
      ? []
      : [`api.authorization.issuer is '${issuer}', expected the https:// URL of an OpenID issuer`]),
    // Without one, a token that the issuer made for any other application would do.
    ...(audience.length > 0 && audience.every((each) => /^\S+$/.test(each))
      ? []
      : [`api.authorization.audience is '${audience.join(',')}', expected one or more client ids`]),
  ];
}

function isIssuer(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' && url.search === '' && url.hash === '' && url.username === '';
}

/** A scheme, a host and perhaps a port, as a browser sends it; never with a `*`: AWS reads `https://*` as every page there is. */
function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return (
    (url?.protocol === 'https:' || url?.protocol === 'http:') && url.origin === text && !text.includes('*')
  );
}
