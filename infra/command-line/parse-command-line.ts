/** Parses the command line strictly: an unknown option or a bad value gets a one-line error. */
import { InputError } from './input-error.ts';
import { alignColumns } from './text.ts';

export interface Option<T> {
  /** Placeholder of the value in the help text: empty for a flag, in brackets for an optional value. */
  readonly placeholder: string;
  readonly help: string;
  /**
   * @param text empty if the option has no value
   * @throws {Error} with the expected value; the caller adds the option's name
   */
  readonly parse: (text: string) => T;
  /** For an option that may be given several times. Without it, the last value counts. */
  merge?(earlier: T, later: T): T;
}

export type Options = Readonly<Record<string, Option<unknown>>>;

export type OptionValues<O extends Options> = {
  readonly [Name in keyof O]?: O[Name] extends Option<infer T> ? T : never;
};

export interface CommandLine<O extends Options> {
  readonly help: boolean;
  readonly positionals: readonly string[];
  readonly values: OptionValues<O>;
}

/** Parses `--name value`, `--name=value` and files, in any order. @throws {InputError} */
export function parseCommandLine<O extends Options>(words: readonly string[], options: O): CommandLine<O> {
  const positionals: string[] = [];
  const values: Record<string, unknown> = {};
  let help = false;
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? '';
    const [, rawName = '', inline] = /^(--?[^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (rawName === '') positionals.push(word);
    else if (rawName === '--help' || rawName === '-h') help = true;
    else {
      const option = findOption(options, rawName);
      const value = inline ?? (takes(option, words[i + 1]) ? words[(i += 1)] : undefined);
      const parsed = parseValue(option, rawName, value);
      const name = rawName.slice(2);
      values[name] = name in values && option.merge ? option.merge(values[name], parsed) : parsed;
    }
  }
  return { help, positionals, values: values as OptionValues<O> };
}

function findOption(options: Options, rawName: string): Option<unknown> {
  const name = rawName.slice(2);
  const option = rawName.startsWith('--') && Object.hasOwn(options, name) ? options[name] : undefined;
  if (option !== undefined) return option;
  const known = Object.keys(options).map((each) => `--${each}`);
  throw new InputError(
    `Unknown option ${rawName}; the options are ${known.join(', ')} (--help explains them).`,
  );
}

/** Whether the next word is the value of the option. */
function takes({ placeholder }: Option<unknown>, word: string | undefined): boolean {
  if (placeholder === '' || word === undefined) return false;
  // An optional value is a number, so that the next word can also be a file.
  return placeholder.startsWith('[') ? /^-?[\d.]+$/.test(word) : !word.startsWith('--');
}

function parseValue(
  { placeholder, parse }: Option<unknown>,
  rawName: string,
  value: string | undefined,
): unknown {
  if (placeholder === '' && value !== undefined) {
    throw new InputError(`${rawName} takes no value: leave out ${value}.`);
  }
  const isRequired = placeholder !== '' && !placeholder.startsWith('[');
  if (value === '' || (value === undefined && isRequired)) {
    throw new InputError(`${rawName} needs a value: ${rawName} ${placeholder}.`);
  }
  try {
    return parse(value ?? '');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`${rawName} ${value}: ${reason}.`.replace(/\.\.$/, '.'), { cause });
  }
}

/** One line for each option. */
export function optionsHelp(options: Options): string {
  const rows = Object.entries(options).map(([name, { placeholder, help }]) => [
    '',
    `--${name} ${placeholder}`.trimEnd(),
    help,
  ]);
  return alignColumns(rows, ['text', 'text', 'text']);
}

export function textOption(placeholder: string, help: string): Option<string> {
  return { placeholder, help, parse: (text) => text };
}

/** The URL of a DynamoDB. */
export function endpointOption(help: string): Option<string> {
  const parse = (text: string): string => {
    if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
    throw new Error('expected a URL such as http://127.0.0.1:8000');
  };
  return { placeholder: 'URL', help, parse };
}

/** An option without a value, true if given. */
export function flagOption(help: string): Option<true> {
  return { placeholder: '', help, parse: () => true };
}

export function wholeNumberOption({
  min,
  max,
  ...texts
}: {
  readonly placeholder: string;
  readonly help: string;
  readonly min: number;
  readonly max: number;
}): Option<number> {
  const parse = (text: string): number => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new Error(`expected a whole number from ${min} to ${max}`);
  };
  return { ...texts, parse };
}
