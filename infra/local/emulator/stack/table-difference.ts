/** Whether a table that a kept database has is the one that the template declares. */
import type { CreateTableCommandInput, TableDescription } from '@aws-sdk/client-dynamodb';

/** @throws when the table in a kept database is another one than the template's */
export function refuseDifference(found: TableDescription, wanted: Wanted): void {
  const differs = comparedParts.find(([, part]) => part(found) !== part(wanted));
  if (differs === undefined) return;
  const [name, part] = differs;
  throw new Error(
    `Table ${wanted.TableName} is already in this database with another ${name}: ` +
      `it has ${part(found)}, the stack wants ${part(wanted)}. ` +
      'Use another directory, or delete this one.',
  );
}

type Wanted = Pick<
  CreateTableCommandInput,
  'TableName' | 'KeySchema' | 'GlobalSecondaryIndexes' | 'StreamSpecification' | 'AttributeDefinitions'
>;

const comparedParts: readonly (readonly [string, (table: TableDescription | Wanted) => string])[] = [
  ['key', (table) => keyText(table.KeySchema)],
  [
    'set of key attributes',
    (table) =>
      (table.AttributeDefinitions ?? [])
        .map((attribute) => `${attribute.AttributeName} ${attribute.AttributeType}`)
        .toSorted()
        .join(', '),
  ],
  [
    'set of indexes',
    (table) =>
      (table.GlobalSecondaryIndexes ?? [])
        .map(
          ({ IndexName, KeySchema, Projection: { ProjectionType, NonKeyAttributes = [] } = {} }) =>
            `${IndexName} (${keyText(KeySchema)}; ` +
            `${ProjectionType} ${NonKeyAttributes.toSorted().join(', ')})`,
        )
        .toSorted()
        .join(', ') || 'none',
  ],
  ['stream', (table) => table.StreamSpecification?.StreamViewType ?? 'none'],
];

function keyText(schema: TableDescription['KeySchema']): string {
  return (schema ?? []).map((key) => `${key.AttributeName} ${key.KeyType}`).join(', ');
}
