/** A strict parser of options: an unknown option or a bad value is an error of one clear line. */
import { parseArgs } from 'node:util';
import { InputError } from './input-error.ts';
import { alignColumns } from './text.ts';

export interface Option<T> {
  /** Stands for the value in the help: empty for a flag, in brackets when the value may be left out. */
  readonly placeholder: string;
  readonly help: string;
  /** @throws {Error} saying what was expected; the option's name is added */
  readonly parse: (text: string) => T;
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

/** @throws {InputError} */
export function parseCommandLine<O extends Options>(
  arguments_: readonly string[],
  options: O,
): CommandLine<O> {
  const { tokens } = parseArgs({
    args: [...arguments_],
    options: stringOptions(options),
    strict: false,
    tokens: true,
  });
  const positionals: string[] = [];
  const values: Record<string, unknown> = {};
  let help = false;
  /** The previous option, when its value may be left out and was not given with `=`. */
  let open: string | undefined;
  for (const token of tokens) {
    if (token.kind === 'positional') {
      if (open !== undefined && isNumber.test(token.value)) {
        values[open] = valueOf({ name: open, rawName: `--${open}`, value: token.value }, options);
      } else positionals.push(token.value);
    }
    open = undefined;
    if (token.kind !== 'option') continue;
    if (token.name === 'help' || token.rawName === '-h') help = true;
    else values[token.name] = valueOf(token, options);
    if (token.value === undefined && takes(options[token.name]) === 'maybe a value') open = token.name;
  }
  return { help, positionals, values: values as OptionValues<O> };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function valueOf({ name, rawName, value, inlineValue }: OptionToken, options: Options): unknown {
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) {
    const known = Object.keys(options).map((each) => `--${each}`);
    throw new InputError(
      `Unknown option ${rawName}; the options are ${known.join(', ')} (--help explains them).`,
    );
  }
  const taken = takes(option);
  if (taken === 'nothing' && value !== undefined) {
    throw new InputError(`${rawName} takes no value: leave out ${value}.`);
  }
  if (taken !== 'a value' && value === undefined) return option.parse('');
  if (value === undefined || value === '' || (inlineValue !== true && value.startsWith('--'))) {
    throw new InputError(`${rawName} needs a value: ${rawName} ${option.placeholder}.`);
  }
  try {
    return option.parse(value);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`${rawName} ${value}: ${reason}.`.replace(/\.\.$/, '.'), { cause });
  }
}

function takes(option: Option<unknown> | undefined): 'nothing' | 'a value' | 'maybe a value' {
  if (option?.placeholder === '') return 'nothing';
  return option?.placeholder.startsWith('[') === true ? 'maybe a value' : 'a value';
}

/** Tells the value of such an option from a file name that follows it. */
const isNumber = /^-?[\d.]+$/;

function stringOptions(options: Options): Record<string, { type: 'string' | 'boolean' }> {
  const named = Object.entries(options).map(
    ([name, option]) => [name, { type: takes(option) === 'a value' ? 'string' : 'boolean' }] as const,
  );
  return { ...Object.fromEntries(named), help: { type: 'boolean' } };
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

/** True when it is given. */
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
