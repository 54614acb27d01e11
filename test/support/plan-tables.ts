/** For tests of plan: what DynamoDB says about a table, and a memory of the one that was counted. */
import type { TableFacts } from '../../src/tables/dynamodb/describe-table.ts';
import type { RememberedSource, SourceIdentity } from '../../src/tables/remembered-source.ts';

export const STREAM =
  'arn:aws:dynamodb:eu-west-1:123456789012:table/favourites/stream/2024-06-01T00:00:00.000';

/** The default table with its stream, unless the options say otherwise. */
export function favouritesFacts(options: Partial<TableFacts> = {}): TableFacts {
  return {
    tableName: 'favourites',
    id: 'table-1',
    key: [{ name: 'restaurant_id_user_id', type: 'S' }],
    stream: { arn: STREAM, viewType: 'NEW_AND_OLD_IMAGES' },
    sizeBytes: 0,
    items: 0,
    ...options,
  };
}

export interface MemoryRemembered extends RememberedSource {
  readonly saved: readonly SourceIdentity[];
}

/** @param identity what earlier runs remembered */
export function memoryRemembered(identity?: SourceIdentity): MemoryRemembered {
  const saved: SourceIdentity[] = [];
  return {
    saved,
    load: () => Promise.resolve(saved.at(-1) ?? identity),
    save: (next) => {
      saved.push(next);
      return Promise.resolve();
    },
  };
}
