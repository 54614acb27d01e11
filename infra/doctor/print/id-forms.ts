/** Says how ids look without showing one. */
import { count, plural } from '../../command-line/text.ts';
import { countsOf } from '../profile/sample.ts';

const forms: readonly (readonly [string, RegExp])[] = [
  ['UUIDs', /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i],
  ['whole numbers', /^\d+$/],
  ['numbers', /^-?\d+(?:\.\d+)?$/],
  ['ULIDs', /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/],
  ['hexadecimal digits', /^[0-9a-f]{12,}$/i],
  ['e-mail addresses', /^[^\s@]+@[^\s@]+\.[^\s@]+$/],
  ['letters and digits', /^[A-Za-z0-9]+$/],
  ['letters, digits and .-_', /^[\w.-]+$/],
  ['ASCII text', /^[\x20-\x7e]+$/],
];

export function describeIds(values: readonly (string | undefined)[]): string {
  const ids = values.filter((value) => value !== undefined);
  const usual = [...countsOf(ids.map(formOfId))].toSorted((a, b) => b[1] - a[1]).slice(0, 2);
  const lengths = ids.map(({ length }) => length);
  const [shortest, longest] = [
    lengths.reduce((a, b) => Math.min(a, b), Infinity),
    lengths.reduce((a, b) => Math.max(a, b), 0),
  ];
  const length =
    shortest === longest
      ? plural(longest, 'character')
      : `${count(shortest)} to ${count(longest)} characters`;
  return `${usual.map(([form]) => form).join(', ')}; ${length}; ${count(new Set(ids).size)} different`;
}

function formOfId(id: string): string {
  return forms.find(([, form]) => form.test(id))?.[0] ?? 'text with other characters';
}
