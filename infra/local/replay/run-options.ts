/** The options that every command line of the local run has: engine, faults, seed. */
import { randomInt } from 'node:crypto';
import type { EngineName } from '../emulator/engine/engine.ts';
import { faultNames, parseFaultSpec } from '../emulator/faults/fault-plan.ts';
import { InputError } from './input-error.ts';
import { type Option, wholeNumberOption } from './command-line.ts';

const SEED_MAX = 2 ** 31 - 1;

export const runOptions = {
  faults: {
    placeholder: 'SPEC',
    help: `faults to inject, with their probabilities, as in duplicate=0.2,crash=0.05; of ${faultNames.join(', ')}`,
    parse: parseFaultSpec,
  },
  seed: wholeNumberOption({
    placeholder: 'N',
    help: 'of the faults; else a random one',
    min: 0,
    max: SEED_MAX,
  }),
  engine: {
    placeholder: 'E',
    help: 'embedded or dynamodb-local (needs Java 17); else the one that this machine can run',
    parse: parseEngine,
  },
  endpoint: { placeholder: 'URL', help: 'of any other DynamoDB; instead of --engine', parse: parseEndpoint },
} as const satisfies Record<string, Option<unknown>>;

export function randomSeed(): number {
  return randomInt(SEED_MAX);
}

export function rejectEngineWithEndpoint(o: {
  readonly engine?: unknown;
  readonly endpoint?: unknown;
}): void {
  if (o.engine !== undefined && o.endpoint !== undefined) {
    throw new InputError('--engine and --endpoint exclude each other; give one of them.');
  }
}

function parseEngine(text: string): EngineName {
  if (text === 'embedded' || text === 'dynamodb-local') return text;
  throw new Error('expected embedded or dynamodb-local');
}

function parseEndpoint(text: string): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (protocol === 'http:' || protocol === 'https:') return text;
  throw new Error('expected a URL such as http://127.0.0.1:8000');
}
