/** The settings and the traces of the shapes, and the rules of src/counting against the answers (I2, I3). */
import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../infra/local/emulator/random.ts';
import { type FavouriteEvent, parseFavouriteEvents } from '../../src/counting/favourite-event.ts';
import { createMapping, type Mapping } from '../../src/counting/mapping.ts';
import { registerIdOf } from '../../src/counting/register-key.ts';
import { readSource } from '../../infra/settings/read-source.ts';
import { defaultSource, readsUpdates, type Source } from '../../src/counting/source/source.ts';
import { type CreatedAt, windowsOf } from '../../src/counting/time-window.ts';
import { answersOf, shapeNames, type Step, stepsOf } from './answers.ts';
import { promisesOf } from './promises.ts';
import { traceOf } from './generate.ts';
import { plainCountsCsv } from '../support/plain-recount.ts';

const read = (file: string): string => readFileSync(join(import.meta.dirname, file), 'utf8');
const namesOf = (ending: string): readonly string[] =>
  readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .toSorted();

describe('the folder of the shapes', () => {
  it('has settings, a trace and an answer for each shape from 1 to 10', () => {
    expect(namesOf('.json')).toEqual(namesOf('.jsonl'));
    expect(namesOf('.json')).toEqual([...shapeNames].toSorted());
    expect(shapeNames).toEqual(expect.arrayContaining(Array.from({ length: 10 }, (_, at) => `${at + 1}`)));
  });

  it('has the default source as shape 1', () => {
    expect(JSON.parse(read('1.json'))).toEqual(defaultSource);
  });
});

describe.each(shapeNames)('shape %s', (name) => {
  const settings: unknown = JSON.parse(read(`${name}.json`));
  const steps = stepsOf(name);
  const answers = answersOf(name);

  it('has a source that is accepted', () => {
    expect(readSource(settings)).toEqual({ kind: 'source', source: settings });
  });

  it('has the trace that its generator makes', () => {
    expect(read(`${name}.jsonl`)).toBe(traceOf(name));
    expect(Buffer.byteLength(read(`${name}.jsonl`))).toBeLessThan(100_000);
  });

  it('writes often to the same few restaurants', () => {
    const restaurants = steps.flatMap(({ after }) => (after?.kind === 'counts' ? after.restaurant : []));
    expect(new Set(restaurants).size).toBeLessThanOrEqual(30);
    expect(answers.atRest.split('\n').length).toBeGreaterThan(20);
    expect(steps.length).toBeGreaterThanOrEqual(250);
    expect(steps.length).toBeLessThanOrEqual(500);
  });

  it.each(promisesOf(name, steps))('contains %s', (_, happens) => {
    expect(steps.filter(happens).length).toBeGreaterThan(0);
  });

  it('has no update that changes a count, if updates are not read', () => {
    const matters = steps.filter(({ before, after }) => {
      const isUpdate = before !== undefined && after !== undefined;
      return isUpdate && JSON.stringify(before) !== JSON.stringify(after);
    });
    expect(matters.length > 0).toBe(readsUpdates(sourceOf(settings)));
  });

  it('repeats no rejected row exactly, because only some engines make a record of that', () => {
    const items = new Map<string, string>();
    for (const { row, write, isLetter } of steps) {
      const item =
        'put' in write ? Object.entries(write.put).toSorted(([a], [b]) => (a < b ? -1 : 1)) : undefined;
      if (isLetter && item !== undefined) expect(JSON.stringify(item)).not.toBe(items.get(row));
      items.set(row, JSON.stringify(item) ?? '');
    }
  });

  it('makes counted rows unreadable for good only in its first half, which a seed reads', () => {
    const last = new Map(steps.map((step) => [step.row, step]));
    for (const { row, counted, after } of last.values()) {
      if (counted === undefined || after?.kind === 'counts') continue;
      const ofRow = steps.filter((step) => step.row === row);
      const spoiling = ofRow[ofRow.findLastIndex((step) => step.after?.kind === 'counts') + 1];
      expect(steps.findIndex((step) => step === spoiling)).toBeLessThan(steps.length * 0.47);
    }
  });

  it('gives the counts of the answers, in any order and with repeated records', () => {
    const mapping = createMapping(sourceOf(settings), 'UTC');
    const parsed = recordsOf(steps, mapping).map((record) => parseFavouriteEvents(record, mapping));
    const events = parsed.flatMap((record) => record.events);
    for (const seed of [1, 2, 3]) {
      expect(applied(shuffled([...events, ...events], seed), mapping)).toBe(answers.atRest);
    }
    expect(parsed.filter(({ rejection }) => rejection !== undefined)).toHaveLength(answers.letters);
  });

  it('gives the repaired counts of the answers when its final rows are counted', () => {
    const mapping = createMapping(sourceOf(settings), 'UTC');
    const rows = new Map(steps.map(({ row, write }) => [row, write]));
    const counted = Array.from(rows.values(), (write) =>
      'put' in write ? mapping.readRow(write.put) : undefined,
    );
    const favourites = counted.flatMap((row) =>
      row?.kind === 'countable' ? [{ restaurantId: row.key.restaurantId, createdAt: row.createdAt }] : [],
    );
    expect(csvOf(favourites, mapping)).toBe(answers.repaired);
  });
});

function sourceOf(settings: unknown): Source {
  const reading = readSource(settings);
  if (reading.kind === 'issues') throw new Error(reading.issues.join('; '));
  return reading.source;
}

/** The records of the stream that pass the filter of the pipe on the name of their event. */
function recordsOf(steps: readonly Step[], { keyNames, source }: Mapping): readonly object[] {
  const items = new Map<string, unknown>();
  return steps.flatMap(({ row, write }, at) => {
    const OldImage = items.get(row);
    const NewImage = 'put' in write ? write.put : undefined;
    items.set(row, NewImage);
    if (OldImage === undefined && NewImage === undefined) return [];
    const replaced = NewImage === undefined ? 'REMOVE' : 'MODIFY';
    const eventName = OldImage === undefined ? 'INSERT' : replaced;
    if (eventName === 'MODIFY' && !readsUpdates(source)) return [];
    const item = 'put' in write ? write.put : write.delete;
    const Keys = Object.fromEntries(keyNames.map((key) => [key, item[key]]));
    const dynamodb = { Keys, OldImage, NewImage, SequenceNumber: String(at + 1) };
    const eventSourceARN = 'arn:aws:dynamodb:eu-west-1:1:table/t/stream/2022-08-01T00:00:00.000';
    return [{ eventName, eventSourceARN, dynamodb }];
  });
}

function shuffled<T>(values: readonly T[], seed: number): readonly T[] {
  const random = seededRandom(seed);
  return values
    .map((value) => ({ value, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ value }) => value);
}

/** The counts once every event is applied: the highest position of each register wins. */
function applied(events: readonly FavouriteEvent[], mapping: Mapping): string {
  const registers = new Map<string, FavouriteEvent>();
  for (const event of events) {
    const id = registerIdOf(event.key);
    const prior = registers.get(id);
    if (prior === undefined || event.position > prior.position) registers.set(id, event);
  }
  const counted = Array.from(registers.values(), ({ key: { restaurantId }, createdAt }) =>
    createdAt === undefined ? [] : [{ restaurantId, createdAt }],
  );
  return csvOf(counted.flat(), mapping);
}

function csvOf(
  favourites: readonly { readonly restaurantId: string; readonly createdAt: CreatedAt }[],
  { source }: Mapping,
): string {
  const settings = source.createdAt === 'none' ? {} : ({ MONTH: 'forever', DAY: 'forever' } as const);
  const counts = new Map<string, { restaurantId: string; timeWindow: string; count: number }>();
  for (const { restaurantId, createdAt } of favourites) {
    for (const timeWindow of windowsOf(createdAt, { timeWindows: settings, timeZone: 'UTC', nowMs: 0 })) {
      const key = JSON.stringify([restaurantId, timeWindow]);
      const { count } = counts.get(key) ?? { count: 0 };
      counts.set(key, { restaurantId, timeWindow, count: count + 1 });
    }
  }
  return plainCountsCsv([...counts.values()]);
}
