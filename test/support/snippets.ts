/** The fenced blocks of the documents. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Snippet {
  /** Such as `docs/adopt.md:45`. */
  readonly place: string;
  readonly page: string;
  /** Empty if the fence names none. */
  readonly language: string;
  readonly code: string;
}

export function snippetsIn(root: string, pages: readonly string[]): readonly Snippet[] {
  return pages.flatMap((page) => snippetsOf(page, readFileSync(join(root, page), 'utf8')));
}

/** A block in a list item is indented, and so is each of its lines. */
export function snippetsOf(page: string, text: string): readonly Snippet[] {
  return Array.from(text.matchAll(/^( *)```(\S*)[^\n]*\n(.*?)^\1```$/gms), (match) => {
    const [, indent = '', language = '', code = ''] = match;
    const line = text.slice(0, match.index).split('\n').length;
    const lines = code
      .split('\n')
      .map((each) => (each.startsWith(indent) ? each.slice(indent.length) : each));
    return { place: `${page}:${line}`, page, language, code: lines.join('\n') };
  });
}
