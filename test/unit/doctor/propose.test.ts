/** The settings that the doctor proposes count each row as the right settings do. */
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRowMaker } from '../../../infra/local/console/favourites/row-maker.ts';
import { readSource } from '../../../infra/settings/read-source.ts';
import type { Source } from '../../../src/counting/source/source.ts';
import { layoutNames } from '../../shapes/traces/layouts.ts';
import {
  diagnoseTable,
  settingsIn,
  type SomeTable,
  verdictsOf,
} from '../../support/doctor/diagnose-table.ts';
import { definitions, otherTable } from '../../support/doctor/other-tables.ts';
import { shapeTable } from '../../support/doctor/shape-tables.ts';

const shapes = join(import.meta.dirname, '../../shapes');
const [described, others] = [true, false].map((isDescribed) =>
  Object.keys(definitions).filter((name) => (definitions[name]?.source !== undefined) === isDescribed),
);

function proposedFor(table: SomeTable): Source {
  const { report } = diagnoseTable(table);
  const reading = readSource(settingsIn(report));
  expect(reading).toMatchObject({ kind: 'source' });
  return (reading as Extract<typeof reading, { kind: 'source' }>).source;
}

describe('the settings that the doctor proposes', () => {
  describe.each(layoutNames)('for a table of shape %s', (name) => {
    const source = JSON.parse(readFileSync(join(shapes, `${name}.json`), 'utf8')) as Source;

    it.each([
      { favourites: 1_000, others: 400, oddShare: 0.02 },
      { favourites: 1_000, others: 400, oddShare: 0 },
      { favourites: 600, others: 3_000, oddShare: 0.05 },
    ])('decide about each of $favourites rows among $others others like its own settings', (rows) => {
      for (const seed of [1, 2]) {
        const table = shapeTable(name, source, { seed, ...rows });
        expect(verdictsOf(proposedFor(table), table.items)).toEqual(verdictsOf(source, table.items));
      }
    });
  });

  it.each(described ?? [])('count the rows of %s', (name) => {
    const table = otherTable(name);
    const { source } = table;
    // Other kinds of item may be told apart in another way.
    const counted = (verdicts: readonly string[]) =>
      verdicts.map((verdict) => /^\["countable.*/.exec(verdict)?.[0]);
    expect(counted(verdictsOf(proposedFor(table), table.items))).toEqual(
      counted(verdictsOf(source ?? proposedFor(table), table.items)),
    );
  });
});

describe('the user of a row whose key names it by an id of its own', () => {
  it('is proposed with its attribute, so that the page of a local run can have hearts', () => {
    const table = {
      tableName: 'likes',
      key: [{ name: 'likeId', type: 'S' as const }],
      items: Array.from({ length: 200 }, (_, i) => ({
        likeId: { S: `0000-${String(i * 7919).padStart(8, '0')}` },
        memberId: { N: String(5_000 + (i % 40)) },
        productId: { N: String(i % 23) },
        likedOn: { N: String(1_760_000_000 + i) },
      })),
    };
    const source = proposedFor(table);
    expect(source).toMatchObject({ restaurant: { attribute: 'productId' }, user: { attribute: 'memberId' } });
    expect(createRowMaker(source, 'UTC')).not.toHaveProperty('reason');
  });
});

describe('a table without favourites', () => {
  it.each(others ?? [])('gets a plain answer: %s', (name) => {
    const { report, exitStatus, proposed } = diagnoseTable(otherTable(name));

    expect(report).toContain('This table does not look like one that holds favourites, because');
    expect(report).toContain('docs/source.md');
    expect({ exitStatus, proposed }).toEqual({ exitStatus: 1, proposed: undefined });
  });

  it('gets a plain answer if its key is binary', () => {
    const table = { key: [{ name: 'id', type: 'B' }], items: [{ id: { B: new Uint8Array([1]) } }] };
    const { report } = diagnoseTable(table);
    expect(report).toContain('because its key attribute id is binary');
  });
});
