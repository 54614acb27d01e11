/** With `--show-examples` only: a few rows of each kind, as they are. */
import { printable, shorten } from '../../command-line/text.ts';
import type { Kind } from '../profile/kinds.ts';
import { section } from './lines.ts';

const EXAMPLES = 2;
const KINDS_MAX = 8;
const LENGTH_MAX = 300;

export function examplesSection(kinds: readonly Kind[]): string {
  const lines = kinds
    .slice(0, KINDS_MAX)
    .flatMap(({ forms, rows }) => [
      forms.join('  '),
      ...rows
        .slice(0, EXAMPLES)
        .map(({ item }) => `  ${shorten(printable(JSON.stringify(item)), LENGTH_MAX)}`),
    ]);
  return section('Examples', lines);
}
