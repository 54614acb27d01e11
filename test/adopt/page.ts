/** Reads docs/adopt.md as steps: each heading with the code blocks below it, in order. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Step {
  readonly heading: string;
  readonly blocks: readonly Block[];
}

export interface Block {
  readonly language: string;
  readonly code: string;
  /** The name in the first line of a source file, `// shop.ts`. */
  readonly file?: string;
}

const fence = /^```(\w+)\n([^]*?)^```$/gm;

export function readSteps(page = join(import.meta.dirname, '../../docs/adopt.md')): readonly Step[] {
  const [, ...sections] = readFileSync(page, 'utf8').split(/^## /m);
  return sections.map((section) => ({
    heading: section.slice(0, section.indexOf('\n')),
    blocks: Array.from(section.matchAll(fence), ([, language = '', code = '']) => blockOf(language, code)),
  }));
}

function blockOf(language: string, code: string): Block {
  const [, file] = /^\/\/ (\S+)\n/.exec(code) ?? [];
  return { language, code, ...(file !== undefined && { file }) };
}
