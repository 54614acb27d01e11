import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PoisonPlace } from '../../infra/local/emulator/pipe/record-faults.ts';
import { poisonKindsOf } from '../../infra/local/poison/poison-kinds.ts';
import { soundRecord } from '../../infra/local/poison/poison-record.ts';
import { readSource } from '../../infra/settings/read-source.ts';
import { parseFavouriteEvents } from '../../src/counting/favourite-event.ts';
import { createMapping } from '../../src/counting/mapping.ts';
import { defaultSource, type Source } from '../../src/counting/source/source.ts';
import { createPipeBench } from '../support/pipe-bench.ts';

const shapes = join(import.meta.dirname, '../shapes');
const sources: readonly (readonly [name: string, source: Source])[] = [
  ['default', defaultSource],
  ['ids set apart by a letter of poison', { ...defaultSource, key: keyOf('{restaurant}o{user}') }],
  ['ids set apart by a digit, between literals', { ...defaultSource, key: keyOf('F#{user}1{restaurant}#') }],
  ...readdirSync(shapes)
    .filter((file) => file.endsWith('.json'))
    .map((file) => [file, sourceIn(join(shapes, file))] as const),
];

describe.each(sources)('poison for the source %s', (_name, source) => {
  const mapping = createMapping(source, 'UTC');
  const places = ['100000000000000000021', '200000000000000000000', '0'.repeat(39) + '7'].map(place);

  it('is made of a record that would count for an invented restaurant', () => {
    const read = places.map((each) => parseFavouriteEvents(soundRecord(source, each).record, mapping));
    for (const { events, rejection } of read) {
      expect({ events: events.length, rejection }).toEqual({ events: 1, rejection: undefined });
      expect(events[0]?.createdAt).toEqual(expect.any(String));
      expect(events[0]?.key.restaurantId).toMatch(/^(?:p[oisn]+-?|-)[0-9]+$/);
    }
    expect(new Set(read.map(({ events }) => events[0]?.key.restaurantId)).size).toBe(places.length);
  });

  it.each(Object.entries(poisonKindsOf(source)))(
    '%s ends as one dead letter, changes no count, and is unique',
    (_kind, create) => {
      const records = places.map((each) => create(each));
      const rejection = expect.objectContaining({ kind: 'rejection' });
      for (const record of records) {
        expect(parseFavouriteEvents(record, mapping)).toEqual({ events: [], rejection });
      }
      expect(new Set(records.map((record) => JSON.stringify(record))).size).toBe(places.length);
    },
  );
});

describe('the kinds of poison', () => {
  const reasonsOf = (source: Source) => {
    const mapping = createMapping(source, 'UTC');
    const records = Object.values(poisonKindsOf(source)).map((create) => create(place('21')));
    return records.map((record) => parseFavouriteEvents(record, mapping).rejection?.reason);
  };

  it('together have every reason for which a record can be rejected', () => {
    const all = new Set(sources.flatMap(([, source]) => reasonsOf(source)));
    expect(all).toEqual(
      new Set([
        'ids-disagree',
        'key-too-long',
        'no-new-image',
        'no-old-image',
        'not-a-record',
        'unexpected-event-name',
        'unexpected-key',
        'unreadable-condition',
        'unreadable-created-at',
        'unreadable-key',
        'unreadable-position',
        'unreadable-restaurant',
      ]),
    );
  });
});

/** Beside a real record with that sequence number. */
function place(sequenceNumber: string): PoisonPlace {
  const real = createPipeBench().stream.write({ key: 'r1#u1' });
  const neighbour = { ...real, dynamodb: { ...real.dynamodb, SequenceNumber: sequenceNumber } };
  return { nonce: sequenceNumber, eventID: `id-${sequenceNumber}`, neighbour };
}

function keyOf(pattern: string): Source['key'] {
  return [{ name: 'pk', type: 'S', pattern }];
}

function sourceIn(path: string): Source {
  const reading = readSource(JSON.parse(readFileSync(path, 'utf8')));
  if (reading.kind === 'issues') throw new Error(`${path}: ${reading.issues.join('; ')}`);
  return reading.source;
}
