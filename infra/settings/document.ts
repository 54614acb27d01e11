/** Writes the tables of docs/settings.md from declarations and their comments: `npm run docs:settings`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { variableOf } from '../../src/lambda/environment.ts';
import { declarations, handlerSettings } from './declarations.ts';
import { settingsFor, textAt } from './settings.ts';

const root = join(import.meta.dirname, '../..');
const page = join(root, 'docs/settings.md');

/** The whole page: what people wrote above the first table, then a generated table for each group. */
export function settingsPage(): string {
  const [lead = ''] = readFileSync(page, 'utf8').split('\n## ');
  const reasons = reasonsIn('infra/settings/declarations.ts', 'src/lambda/settings.ts');
  const groups = Object.groupBy(declarations.keys(), (path) => /^(.*?)\./.exec(path)?.[1] ?? '');
  const tables = Object.entries(groups).map(([group, paths = []]) => [
    `\n## ${group === '' ? 'Stack and counts' : `\`${group}\``}\n`,
    '| setting | must be | default (dev / prod) | environment variable | why |',
    '|---|---|---|---|---|',
    ...paths.map((path) => `| ${[...cellsOf(path), reasons.get(path)].join(' | ')} |`),
  ]);
  return `${[lead.trimEnd(), ...tables.flat()].join('\n')}\n`;
}

function cellsOf(path: string): readonly string[] {
  const code = (text: string | undefined) => (text === undefined || text === '' ? '' : `\`${text}\``);
  const defaults = (['dev', 'prod'] as const).map((stage) => code(textAt(path, settingsFor(stage))));
  const variable = path in handlerSettings ? variableOf(path) : '';
  return [
    code(path),
    declarations.get(path)?.expected ?? '',
    [...new Set(defaults)].join(' / '),
    code(variable),
  ];
}

/** The comment above each declaration, by the path of its setting. */
export function reasonsIn(...files: readonly string[]): ReadonlyMap<string, string> {
  const declared = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s+(?:export const \w+ = \{\s+path: )?'?([\w.]+)'?[:,]/g;
  const matches = files.flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(declared)]);
  return new Map(
    matches.map(([, comment = '', path = '']) => [path, comment.replaceAll(/\s+(\* )?/g, ' ').trim()]),
  );
}
