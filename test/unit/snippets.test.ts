import { describe, expect, it } from '@jest/globals';
import { shellCommands } from '../support/shell-commands.ts';
import { snippetsOf } from '../support/snippets.ts';

describe('the blocks of a page', () => {
  it('have a language, a place, and no indent of their list item', () => {
    const page =
      '# A\n\n```ts\nlet a;\n```\n\n1. B\n\n   ```json\n   {\n     "a": 1\n   }\n   ```\n\n```\nplain\n```\n';
    expect(snippetsOf('a.md', page)).toEqual([
      { place: 'a.md:3', page: 'a.md', language: 'ts', code: 'let a;\n' },
      { place: 'a.md:9', page: 'a.md', language: 'json', code: '{\n  "a": 1\n}\n' },
      { place: 'a.md:15', page: 'a.md', language: '', code: 'plain\n' },
    ]);
  });
});

describe('a snippet of a shell', () => {
  it('is a list of commands without quotes, comments and redirections', () => {
    expect(
      shellCommands(
        "npm ci && npm start   # both\naws scan --name 'a b' \\\n  | jq -c '.x' > \"out file\"\n",
      ),
    ).toEqual([
      ['npm', 'ci'],
      ['npm', 'start'],
      ['aws', 'scan', '--name', 'a b'],
      ['jq', '-c', '.x'],
    ]);
  });

  it('has the commands in loops and in substitutions', () => {
    const script = `A=$(node -p "require('./o.json').B")
until aws describe --arn "$A:seed" | grep -v RUNNING; do sleep 5; done
`;
    expect(shellCommands(script)).toEqual([
      ['aws', 'describe', '--arn', '$A:seed'],
      ['grep', '-v', 'RUNNING'],
      ['sleep', '5'],
      ['node', '-p', "require('./o.json').B"],
    ]);
  });
});
