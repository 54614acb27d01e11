/**
 * The right counts of each trace, worked out without any code of the product. To print those of shape 5:
 *
 *     node --import tsx test/shapes/answers.ts 5
 *
 * A row whose newest image is rejected stays in the counts as before, until a repair takes it out (I3). So
 * there are two answers: at rest, when every record has been applied, and repaired, after a repair.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digitsOf } from './answers/read-numbers.ts';
import { type Item, type Reader, readers, type Reading, type Value } from './answers/read-rows.ts';

export interface Answers {
  /** CSV as `npm run aggregate -- … --out FILE` writes it. */
  readonly atRest: string;
  readonly repaired: string;
  /** Records of the stream that can never be applied. */
  readonly letters: number;
}

/** What one write does to its row. */
export interface Step {
  /** Identifies the row. */
  readonly row: string;
  /** Undefined: there is no row. */
  readonly before: Reading | undefined;
  readonly after: Reading | undefined;
  /** What the row counts as once the record of this write is applied. */
  readonly counted: Counted | undefined;
  readonly isLetter: boolean;
  readonly write: Write;
}

export type Counted = Extract<Reading, { readonly kind: 'counts' }>;
export type Write = { readonly at: string } & ({ readonly put: Item } | { readonly delete: Item });

export const shapeNames: readonly string[] = Object.keys(readers);

/** @param writes to a table of that shape, in order. Default: its trace. */
export function answersOf(name: string, writes?: readonly Write[]): Answers {
  const steps = stepsOf(name, writes);
  const last = [...new Map(steps.map((step) => [step.row, step])).values()];
  return {
    atRest: countsCsv(last.map(({ counted }) => counted)),
    repaired: countsCsv(last.map(({ after }) => (after?.kind === 'counts' ? after : undefined))),
    letters: steps.filter(({ isLetter }) => isLetter).length,
  };
}

export function stepsOf(name: string, writes = writesOf(name)): readonly Step[] {
  const reader = readers[name];
  if (reader === undefined) throw new RangeError(`There is no shape ${name}, only ${shapeNames.join(', ')}`);
  const rows = new Map<string, Step>();
  return writes.map((write) => {
    const row = rowOf(reader, 'put' in write ? write.put : write.delete);
    const step = stepOf(reader, { write, row, previous: rows.get(row) });
    rows.set(row, step);
    return step;
  });
}

function writesOf(name: string): readonly Write[] {
  const lines = readFileSync(join(import.meta.dirname, `${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Write);
}

/** Two keys are the same row if their texts are equal, or their numbers. */
function rowOf({ key }: Reader, item: Item): string {
  const part = (value: Value | undefined) =>
    typeof value?.['N'] === 'string' ? digitsOf(value['N']) : String(value?.['S']);
  return JSON.stringify(key.map((name) => part(item[name])));
}

function stepOf(
  { read, readsUpdates }: Reader,
  { write, row, previous }: { write: Write; row: string; previous: Step | undefined },
): Step {
  const before = previous?.after;
  const after = 'put' in write ? read(write.put) : undefined;
  const isUpdate = before !== undefined && after !== undefined;
  const isRecord = (before !== undefined || after !== undefined) && (readsUpdates || !isUpdate);
  const counted = isRecord ? countedAfter(previous?.counted, after) : previous?.counted;
  const image = after ?? before;
  const isRejected = after?.kind === 'rejected' || image?.kind === 'unreadable key';
  return { row, before, after, counted, isLetter: isRecord && isRejected, write };
}

/** A rejected image leaves the count alone, if it is still for the same restaurant. */
function countedAfter(counted: Counted | undefined, after: Reading | undefined): Counted | undefined {
  if (after?.kind === 'counts') return after;
  return after?.kind === 'rejected' && after.restaurant === counted?.restaurant ? counted : undefined;
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

function windowsOf(day: string | undefined): readonly string[] {
  if (day === undefined) return ['ALL_TIME'];
  const [year = '', month = ''] = day.split('-');
  return ['ALL_TIME', `${months[Number(month) - 1]}_${year}`, day.replaceAll('-', '')];
}

/** Sorted by the bytes of restaurant and window. */
function countsCsv(rows: readonly (Counted | undefined)[]): string {
  const counts = new Map<string, { restaurant: string; window: string; count: number }>();
  for (const row of rows) {
    if (row === undefined) continue;
    for (const window of windowsOf(row.day)) {
      const entry = { restaurant: row.restaurant, window, count: 0 };
      const key = JSON.stringify([row.restaurant, window]);
      const { count } = counts.get(key) ?? entry;
      counts.set(key, { ...entry, count: count + 1 });
    }
  }
  const sorted = [...counts.values()].sort(
    (a, b) => compareBytes(a.restaurant, b.restaurant) || compareBytes(a.window, b.window),
  );
  const lines = sorted.map(({ restaurant, window, count }) => `${quoted(restaurant)},${window},${count}\n`);
  return `restaurant_id,time_window,favourite_count\n${lines.join('')}`;
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function quoted(field: string): string {
  return /[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

if (process.argv[1] === import.meta.filename) {
  const [, , name = '', which = 'atRest'] = process.argv;
  process.stdout.write(which === 'repaired' ? answersOf(name).repaired : answersOf(name).atRest);
}
