/** The contenders, as a table: name, code and environment. A variant is one more line. */
import { join } from 'node:path';
import { type CreatedAt, windowsOf } from '../../../src/counting/time-window.ts';
import { plainWindows } from './favourite-change.ts';

export interface Contender {
  /** As in the output. The letter is that of docs/benchmarks.md. */
  readonly name: string;
  readonly title: string;
  /** The module of the handler, or the aggregator that synthesis bundles, with its environment. */
  readonly code: { readonly kind: 'entry'; readonly path: string } | { readonly kind: 'ours' };
  /** Which counts are ranked, as the variable RANKING says it. */
  readonly ranking: 'on' | 'top-100' | 'off';
  /** Context that is measured beside the others, and not under redeliveries. */
  readonly isContext?: boolean;
}

const entry = (file: string) => ({ kind: 'entry', path: join(import.meta.dirname, file) }) as const;

const add = { title: '(a) one ADD per record and window', code: entry('add-per-record.ts') } as const;
const ours = { title: '(d) ours', code: { kind: 'ours' } } as const;

export const contenders = [
  { ...add, name: 'a-add', ranking: 'on' },
  { ...add, name: 'a-add-top100', title: `${add.title}, the top 100 ranked`, ranking: 'top-100' },
  { ...add, name: 'a-add-unranked', title: `${add.title}, nothing ranked`, ranking: 'off' },
  {
    name: 'b-net-deltas',
    title: '(b) net deltas per batch in transactions',
    code: entry('net-deltas.ts'),
    ranking: 'on',
  },
  {
    name: 'c-idempotency',
    title: '(c) Powertools Idempotency per record, then ADD',
    code: entry('powertools-idempotency.ts'),
    ranking: 'on',
  },
  { ...ours, name: 'd-ours', ranking: 'on' },
  { ...ours, name: 'd-ours-top100', title: `${ours.title}, the top 100 ranked`, ranking: 'top-100' },
  { ...ours, name: 'd-ours-unranked', title: `${ours.title}, nothing ranked`, ranking: 'off' },
  {
    name: 'e-in-request',
    title: '(e) row and counts in one transaction, inside the request',
    code: entry('in-request.ts'),
    ranking: 'on',
    isContext: true,
  },
] as const satisfies readonly Contender[];

export type ContenderName = (typeof contenders)[number]['name'];

export function contenderNamed(name: ContenderName): Contender {
  const found = contenders.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no contender ${name}`);
  return found;
}

/** The windows of a favourite, as the contender names them. */
export function windowNamesOf({ code }: Contender, createdAt: string): readonly string[] {
  if (code.kind === 'entry') return plainWindows(createdAt);
  const timeWindows = { MONTH: 'forever', DAY: 'forever' } as const;
  return windowsOf(createdAt as CreatedAt, { timeWindows, timeZone: 'UTC', nowMs: 0 });
}
