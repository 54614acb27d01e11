/** The options that the command lines share. Each is declared once, with its help and its parser. */
import { randomInt } from 'node:crypto';
import type { EngineName } from '../emulator/engine/engine.ts';
import { faultNames, parseFaultSpec } from '../emulator/faults/fault-plan.ts';
import type { LocalRunOptions } from '../local-run.ts';
import {
  endpointOption,
  flagOption,
  type Option,
  type Options,
  type OptionValues,
  wholeNumberOption,
} from '../../command-line/parse-command-line.ts';
import { parseDamage } from './damage.ts';
import { InputError } from '../../command-line/input-error.ts';

const SEED_MAX = 2 ** 31 - 1;
/** A deployed reconcile waits a minute or more, but a local pipe lags by only a second or two. */
const GRACE_SECONDS_DEFAULT = 5;

export const runOptions = {
  faults: {
    placeholder: 'SPEC',
    help: `faults with their probabilities, such as duplicate=0.2,crash=0.05; of ${faultNames.join(', ')}`,
    parse: parseFaultSpec,
  },
  seed: wholeNumberOption({
    placeholder: 'N',
    help: 'seed of the faults (default: random)',
    min: 0,
    max: SEED_MAX,
  }),
  engine: {
    placeholder: 'E',
    help: 'embedded or dynamodb-local, which needs Java 17 (default: the one that runs on this machine)',
    parse(text: string): EngineName {
      if (text === 'embedded' || text === 'dynamodb-local') return text;
      throw new Error('expected embedded or dynamodb-local');
    },
  },
  endpoint: endpointOption('any other DynamoDB to use instead of --engine'),
} as const satisfies Options;

export const graceOption: Option<number> = {
  placeholder: 'SECONDS',
  help: `a difference is drift if it lasts this long (default: ${GRACE_SECONDS_DEFAULT})`,
  parse: (text) => parsePositive(text, { max: 3_600, what: 'a number of seconds' }),
};

export const reconcileEveryOption: Option<number> = {
  placeholder: 'SECONDS',
  help: 'run a reconcile at this interval',
  parse: (text) => parsePositive(text, { max: 86_400, what: 'a number of seconds' }),
};

export const reconcileOptions = {
  reconcile: flagOption('at the end, redrive the dead letters, heal the registers and audit the counts'),
  'reconcile-during': flagOption('reconcile repeatedly while the replay runs, and once more at the end'),
  damage: {
    placeholder: 'counts=N,registers=N',
    help: 'damage this many rows of each table before the reconcile at the end',
    parse: parseDamage,
  },
  backfill: {
    placeholder: '[SHARE]',
    help: 'write this share of the file (default: all) with the pipe off, then seed it and replay the rest',
    parse: (text: string) => (text === '' ? 1 : parsePositive(text, { max: 1, what: 'a share of the file' })),
  },
  grace: graceOption,
} as const satisfies Options;

/** The run options that all commands share. @throws {InputError} */
export function localRunOptions(
  values: OptionValues<typeof runOptions>,
): Pick<LocalRunOptions, 'engine' | 'endpoint' | 'faults' | 'seed' | 'onProblem'> {
  const { engine, endpoint, faults, seed = randomInt(SEED_MAX) } = values;
  if (engine !== undefined && endpoint !== undefined) {
    throw new InputError('--engine and --endpoint exclude each other; give one of them.');
  }
  return { engine, endpoint, faults, seed, onProblem: (line) => process.stderr.write(`${line}\n`) };
}

export function graceMsOf(graceSeconds: number | undefined): number {
  return Math.round((graceSeconds ?? GRACE_SECONDS_DEFAULT) * 1000);
}

function parsePositive(text: string, { max, what }: { readonly max: number; readonly what: string }): number {
  const number = /^(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (number > 0 && number <= max) return number;
  throw new Error(`expected ${what} above 0 and up to ${max}`);
}
