/** The doctor's diagnosis of rows in memory, and what becomes of rows under two descriptions. */
import { type Diagnosis, diagnose } from '../../../infra/doctor/diagnose.ts';
import { jsonFence } from '../../../infra/doctor/print/report.ts';
import type { Item, KeyName } from '../../../infra/doctor/profile/sample.ts';
import type { TableFacts } from '../../../infra/doctor/read/table-facts.ts';
import { createMapping } from '../../../src/counting/mapping.ts';
import type { Source } from '../../../src/counting/source/source.ts';

export interface SomeTable {
  readonly tableName?: string;
  readonly key: readonly KeyName[];
  readonly items: readonly Item[];
}

export const nowMs = Date.parse('2026-06-15T00:00:00Z');

export function factsOf({ tableName = 'Table1', key, items }: SomeTable): TableFacts {
  return {
    tableName,
    where: 'in eu-west-1',
    key,
    stream: { arn: 'arn:aws:dynamodb:eu-west-1:1:table/Table1/stream/1', viewType: 'NEW_AND_OLD_IMAGES' },
    items: items.length,
    sizeBytes: items.length * 100,
    billing: 'on demand',
    kmsKeyArn: undefined,
    replicas: [],
    isProtected: false,
    timeToLive: undefined,
    kinesisStreams: 0,
    denied: [],
  };
}

export function diagnoseTable(
  table: SomeTable,
  options: {
    readonly facts?: Partial<TableFacts>;
    readonly given?: Source;
    readonly showExamples?: boolean;
    readonly isWhole?: boolean;
  } = {},
): Diagnosis {
  const { given, showExamples = false, isWhole = true } = options;
  const sample = { items: table.items, readUnits: 1, isWhole };
  return diagnose({ facts: { ...factsOf(table), ...options.facts }, given, sample, nowMs, showExamples });
}

/** The settings as a user copies them from the report. */
export function settingsIn(report: string): unknown {
  const [, rest = ''] = report.split(`${jsonFence.begin}\n`);
  return JSON.parse(rest.split(`\n${jsonFence.end}`, 1)[0] ?? '');
}

/** What becomes of each row: whether it counts, for which restaurant, since when, or why not. */
export function verdictsOf(source: Source, items: readonly Item[]): readonly string[] {
  const mapping = createMapping(source, 'UTC');
  return items.map((item) => {
    const row = mapping.readRow(item);
    const reason = row.kind === 'uncountable' ? row.rejection.reason : undefined;
    const since = row.kind === 'countable' ? row.createdAt : undefined;
    return JSON.stringify([row.kind, row.key?.restaurantId, since, reason]);
  });
}
