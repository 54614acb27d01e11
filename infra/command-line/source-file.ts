/** The option `--source`: the file that describes the table, with the same JSON as the setting `source`. */
import { readFileSync } from 'node:fs';
import { readSource } from '../settings/read-source.ts';
import type { Source } from '../../src/counting/source/source.ts';
import type { Option } from './parse-command-line.ts';
import { printable } from './text.ts';

export const sourceOption: Option<Source> = {
  placeholder: 'FILE.json',
  help: 'the description of the table, as in the setting source (default: the table of this stack)',
  parse: readSourceFile,
};

/** @throws {Error} naming everything that is wrong, to follow the path */
function readSourceFile(path: string): Source {
  const reading = readSource(parseJson(readText(path)));
  if (reading.kind === 'source') return reading.source;
  throw new Error(`${reading.issues.join('; ')}. docs/source.md describes sources`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new Error('there is no such file', { cause });
    if (code === 'EISDIR') throw new Error('it is a directory, expected a JSON file', { cause });
    if (code === 'EACCES') throw new Error('it is not readable; change its permissions', { cause });
    throw new Error(`cannot read it: ${message}`, { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    const example = '{ "key": [{ "name": "pk", "type": "S" }], … }';
    throw new Error(`it is not JSON (${printable((cause as Error).message)}); write it like ${example}`, {
      cause,
    });
  }
}
