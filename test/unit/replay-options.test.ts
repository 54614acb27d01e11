import { describe, expect, it } from '@jest/globals';
import {
  flagOption,
  optionsHelp,
  parseCommandLine,
  textOption,
  wholeNumberOption,
} from '../../infra/command-line/parse-command-line.ts';
import {
  graceMsOf,
  reconcileEveryOption,
  reconcileOptions,
  runOptions,
} from '../../infra/local/replay/options.ts';

const options = {
  out: textOption('FILE', 'where to'),
  top: wholeNumberOption({ placeholder: 'N', help: 'how many', min: 1, max: 100 }),
  ...runOptions,
};
const parse = (...words: readonly string[]) => parseCommandLine(words, options);

describe('the options of a command line', () => {
  it('are accepted as --name value and --name=value, with files before and after them', () => {
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

  it.each([['--help'], ['-h']])('ask for help with %s', (word) => {
    expect(parse(word).help).toBe(true);
  });

  it('are explained in the help, each on its own line', () => {
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
  ])('reject %j with an error of one line', (words, expected) => {
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

describe('an option without a value, or with an optional one', () => {
  const others = { ...reconcileOptions, quiet: flagOption('say little'), every: reconcileEveryOption };
  const read = (...words: readonly string[]) => parseCommandLine(words, others);

  it.each([
    [['--reconcile', 'a.csv'], ['a.csv'], { reconcile: true }],
    [['--backfill', 'a.csv'], ['a.csv'], { backfill: 1 }],
    [['--backfill', '--quiet', '0.5'], ['0.5'], { backfill: 1, quiet: true }],
    [['a.csv', '--backfill', '0.5', 'b.csv'], ['a.csv', 'b.csv'], { backfill: 0.5 }],
    [['--backfill=.25', '0.5'], ['0.5'], { backfill: 0.25 }],
    [['--damage', 'registers=3,counts=20'], [], { damage: { counts: 20, registers: 3 } }],
    [['--damage=counts=2'], [], { damage: { counts: 2, registers: 0 } }],
    [['--grace', '0.25', '--every', '60'], [], { grace: 0.25, every: 60 }],
  ])('is parsed from %j', (words, positionals, values) => {
    expect(read(...words)).toEqual({ help: false, positionals, values });
  });

  it.each([
    [['--reconcile=yes'], '--reconcile takes no value: leave out yes.'],
    [['--backfill', '1.5'], '--backfill 1.5: expected a share of the file above 0 and up to 1'],
    [['--backfill', '0'], '--backfill 0: expected a share'],
    [['--backfill=half'], '--backfill half: expected a share'],
    [['--backfill='], '--backfill needs a value: --backfill [SHARE].'],
    [['--damage', 'rows=1'], '--damage rows=1: expected counts=N,registers=N, or one of them.'],
    [['--damage', 'counts=-1'], '--damage counts=-1: expected counts=N,registers=N'],
    [['--grace', '0'], '--grace 0: expected a number of seconds above 0 and up to 3600.'],
    [['--every', 'often'], '--every often: expected a number of seconds'],
  ])('refuses %j', (words, message) => {
    expect(() => read(...words)).toThrow(message);
  });

  it('is explained in the help without a placeholder', () => {
    expect(optionsHelp(others)).toMatch(/^ {2}--reconcile {2,}at the end/);
    expect(graceMsOf(0.25)).toBe(250);
  });
});
