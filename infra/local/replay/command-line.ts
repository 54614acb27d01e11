/** Options of a command line, strictly: an unknown one, a bad value or a stray argument is one clear line. */
import { parseArgs } from 'node:util';
import { InputError } from './input-error.ts';

export interface Option<T> {
  readonly placeholder: string;
  readonly help: string;
  /** @throws {Error} saying what is wrong, without the option's name. */
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
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (token.name === 'help' || token.rawName === '-h') help = true;
    else values[token.name] = valueOf(token, options);
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

function stringOptions(options: Options): Record<string, { type: 'string' | 'boolean' }> {
  const named = Object.keys(options).map((name) => [name, { type: 'string' }] as const);
  return { ...Object.fromEntries(named), help: { type: 'boolean' } };
}

/** One line for each option, aligned. */
export function optionsHelp(options: Options): string {
  const rows = Object.entries(options).map(([name, option]) => ({
    usage: `--${name} ${option.placeholder}`,
    help: option.help,
  }));
  const width = Math.max(...rows.map(({ usage }) => usage.length));
  return rows.map(({ usage, help }) => `  ${usage.padEnd(width)}  ${help}`).join('\n');
}

export function textOption(placeholder: string, help: string): Option<string> {
  return { placeholder, help, parse: (text) => text };
}

export function wholeNumberOption(o: {
  readonly placeholder: string;
  readonly help: string;
  readonly min: number;
  readonly max: number;
}): Option<number> {
  const parse = (text: string) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= o.min && number <= o.max) return number;
    throw new Error(`expected a whole number from ${o.min} to ${o.max}`);
  };
  return { placeholder: o.placeholder, help: o.help, parse };
}
