/** The query string, read strictly: what is not known, repeated or broken is a mistake of the client, not a default. */
import { badRequest } from './problem.ts';

export type Query = Readonly<Record<string, string | undefined>>;

/** @param raw as it came, still encoded. @throws {Problem} */
export function readQuery(raw: string, known: readonly string[]): Query {
  const query = new Map<string, string>();
  for (const part of raw === '' ? [] : raw.split('&')) {
    const [name, ...rest] = part.split('=');
    const [readName, value] = [decode(name ?? ''), decode(rest.join('='))];
    if (!known.includes(readName) || rest.length === 0) throw badRequest(`The query has ${expected(known)}.`);
    if (query.has(readName))
      throw badRequest(`The query names ${readName} more than once, expected it once.`);
    query.set(readName, value);
  }
  return Object.fromEntries(query);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw badRequest('The query holds a broken escape, expected percent-encoded UTF-8.');
  }
}

function expected(known: readonly string[]): string {
  if (known.length === 0) return 'parameters, expected none at this path';
  return `a part that is not known here, expected name=value with the name ${known.join(' or ')}`;
}

const LIMIT_MAX = 100;
const LIMIT_DEFAULT = 20;

/** @throws {Problem} */
export function readLimit({ limit }: Query): number {
  if (limit === undefined) return LIMIT_DEFAULT;
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > LIMIT_MAX) {
    throw badRequest(`The limit is none, expected a whole number from 1 to ${LIMIT_MAX} in decimal digits.`);
  }
  return Number(limit);
}
