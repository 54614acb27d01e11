/** Takes a snippet of a shell apart into its commands. It knows what the documents use, and no more. */

/** The words of one command, without quotes. */
export type ShellCommand = readonly string[];

const keywords = new Set(['until', 'while', 'do', 'done', 'then', 'fi', '{', '}']);

/** A comment starts a word. A word has parts: quoted, a substitution, an escape, or plain. */
const tokens = {
  comment: /(?<=^|\s)#[^\n]*/,
  operator: /&&|\|\||[|;>\n]/,
  blank: /[ \t]+/,
  single: /'(?<inSingle>[^']*)'/,
  double: /"(?<inDouble>(?:\$\([^)]*\)|[^"])*)"/,
  substitution: /\$\((?:"[^"]*"|[^)"])*\)/,
  plain: /\\.|[^\s'"|;>\\]/,
};
const TOKEN = new RegExp(
  Object.entries(tokens)
    .map(([name, { source }]) => `(?<${name}>${source})`)
    .join('|'),
  'gs',
);

/** In their order; those in substitutions follow. */
export function shellCommands(script: string): readonly ShellCommand[] {
  const commands: string[][] = [[]];
  const substitutions: string[] = [];
  let word: string | undefined;
  let isTarget = false;
  const endWord = (): void => {
    // The target of a redirection is no word of the command.
    if (word !== undefined && !isTarget) commands.at(-1)?.push(word);
    if (word !== undefined) isTarget = false;
    word = undefined;
  };
  for (const { groups = {} } of script.replaceAll('\\\n', ' ').matchAll(TOKEN)) {
    const { operator, inSingle, inDouble, substitution, plain } = groups;
    const text = inSingle ?? inDouble ?? substitution ?? plain;
    if (text === undefined) endWord();
    else word = `${word ?? ''}${text}`;
    if (operator === '>') isTarget = true;
    else if (operator !== undefined) commands.push([]);
    substitutions.push(...substitutionsIn(inDouble ?? substitution ?? ''));
  }
  endWord();
  const own = commands.map(withoutPrefix).filter((words) => words.length > 0);
  return [...own, ...substitutions.flatMap(shellCommands)];
}

function substitutionsIn(text: string): readonly string[] {
  return Array.from(text.matchAll(/\$\((.*)\)/gs), ([, script = '']) => script);
}

/** Without keywords, and without assignments before the command. */
function withoutPrefix(words: readonly string[]): ShellCommand {
  const start = words.findIndex((word) => !keywords.has(word) && !/^([A-Z_]+=|\w+\(\)$)/.test(word));
  return start === -1 ? [] : words.slice(start);
}
