import { describe, expect, it } from '@jest/globals';
import {
  optionsHelp,
  parseCommandLine,
  textOption,
  wholeNumberOption,
} from '../../infra/local/replay/command-line.ts';
import { runOptions } from '../../infra/local/replay/run-options.ts';

const options = {
  out: textOption('FILE', 'where to'),
  top: wholeNumberOption({ placeholder: 'N', help: 'how many', min: 1, max: 100 }),
  ...runOptions,
};
const parse = (...words: readonly string[]) => parseCommandLine(words, options);

describe('the options of a command line', () => {
  it('are read in both spellings, with files before and after them', () => {
    const { positionals, values, help } = parse(
      'a.csv',
      '--out',
      'o.csv',
      '--top=5',
      '--faults',
      'crash=0.5',
      'b.csv',
    );
    expect({ positionals, values, help }).toEqual({
      positionals: ['a.csv', 'b.csv'],
      values: { out: 'o.csv', top: 5, faults: { crash: 0.5 } },
      help: false,
    });
  });

  it.each([['--help'], ['-h']])('ask for help by %s', (word) => {
    expect(parse(word).help).toBe(true);
  });

  it('are explained, each on a line', () => {
    expect(optionsHelp(options).split('\n')).toHaveLength(6);
    expect(optionsHelp(options)).toContain('  --out FILE      where to\n  --top N         how many');
  });

  it.each([
    [['--nope'], 'Unknown option --nope; the options are --out, --top'],
    [['-x'], 'Unknown option -x'],
    [['--toString', '1'], 'Unknown option --toString'],
    [['--out'], '--out needs a value: --out FILE.'],
    [['--out', '--top', '5'], '--out needs a value: --out FILE.'],
    [['--out='], '--out needs a value: --out FILE.'],
    [['--top', '0'], '--top 0: expected a whole number from 1 to 100.'],
    [['--top', '101'], '--top 101: expected a whole number from 1 to 100.'],
    [['--top', '-1'], '--top -1: expected a whole number from 1 to 100.'],
    [['--top', '1.5'], '--top 1.5: expected a whole number from 1 to 100.'],
    [['--top', 'ten'], '--top ten: expected a whole number from 1 to 100.'],
    [['--engine', 'mysql'], '--engine mysql: expected embedded or dynamodb-local.'],
    [
      ['--endpoint', 'localhost:8000'],
      '--endpoint localhost:8000: expected a URL such as http://127.0.0.1:8000.',
    ],
    [['--faults', 'rain=0.1'], '--faults rain=0.1: Unknown fault "rain"'],
    [['--seed', 'x'], '--seed x: expected a whole number from 0'],
  ])('refuse %j in one line', (words, expected) => {
    let message = '';
    try {
      parse(...words);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message.slice(0, expected.length)).toBe(expected);
    expect(message).not.toContain('\n');
  });
});
