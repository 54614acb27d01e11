/**
 * The sums of a run of the reconcile, in items of the lease table with keys `digest#<name>#<part>`. They
 * expire after two weeks. Every write has a new random name, which is passed on only after the write: a step
 * that was thought dead may write later, but under a name that nobody reads.
 */
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { atMost } from './dynamodb/at-most.ts';
import { orReadError } from './dynamodb/errors.ts';
import { reconcileLeaseTable as schema } from './schema.ts';

/** Of one item: 32,768 cells. An item may have 400 KB (DynamoDB service quotas). */
const PART_BYTES = 262_144;
/** Longer than a run may take. */
const KEPT_DAYS = 14;
const DAY_SECONDS = 86_400;
const REQUESTS_MAX = 4;

export interface DigestStore {
  /** @throws the error of the SDK, by whose name the state machine retries: sums hold no user id */
  put(name: string, bytes: Uint8Array): Promise<{ readonly writeUnits: number }>;
  /** A consistent read. @throws {DigestMissingError | TableReadError} */
  get(name: string): Promise<{ readonly bytes: Uint8Array; readonly readUnits: number }>;
}

/** Sums that a step of the run wrote are missing. Zeros in their place would hide a loss. */
export class DigestMissingError extends Error {
  override readonly name = 'DigestMissing';
  readonly code = 'digest-missing';

  constructor(name: string) {
    super(
      `The sums ${name} of this run are missing from the lease table: somebody deleted them, or the run is ` +
        'older than two weeks. What the run has corrected is right. Start it again for the rest.',
    );
  }
}

export function createDigestStore(
  client: DynamoDBClient,
  { tableName: TableName, nowMs }: { readonly tableName: string; readonly nowMs: () => number },
): DigestStore {
  const keyOf = (name: string, part: number) => ({
    [schema.partitionKey]: { S: `${schema.digestPrefix}${name}#${part}` },
  });

  async function putPart(name: string, part: number, bytes: Uint8Array, parts: number): Promise<number> {
    const expiresAt = Math.floor(nowMs() / 1000) + KEPT_DAYS * DAY_SECONDS;
    const Item = {
      ...keyOf(name, part),
      [schema.sums]: { B: bytes },
      [schema.parts]: { N: String(parts) },
      [schema.expiresAt]: { N: String(expiresAt) },
    };
    const command = new PutItemCommand({ TableName, Item, ReturnConsumedCapacity: 'TOTAL' });
    return (await client.send(command)).ConsumedCapacity?.CapacityUnits ?? 0;
  }

  async function getPart(name: string, part: number) {
    const command = new GetItemCommand({
      TableName,
      Key: keyOf(name, part),
      ConsistentRead: true,
      ReturnConsumedCapacity: 'TOTAL',
    });
    const { Item, ConsumedCapacity } = await orReadError('GetItem', TableName, () => client.send(command));
    const [bytes, parts] = [Item?.[schema.sums]?.B, Number(Item?.[schema.parts]?.N)];
    if (bytes === undefined || !Number.isSafeInteger(parts)) throw new DigestMissingError(name);
    return { bytes, parts, readUnits: ConsumedCapacity?.CapacityUnits ?? 0 };
  }

  return {
    async put(name, bytes) {
      const parts = Math.ceil(bytes.length / PART_BYTES);
      const inTurn = atMost(REQUESTS_MAX);
      const units = await Promise.all(
        Array.from({ length: parts }, (_, part) =>
          inTurn(() =>
            putPart(name, part, bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES), parts),
          ),
        ),
      );
      return { writeUnits: units.reduce((sum, some) => sum + some, 0) };
    },
    async get(name) {
      const first = await getPart(name, 0);
      const inTurn = atMost(REQUESTS_MAX);
      const others = await Promise.all(
        Array.from({ length: first.parts - 1 }, (_, part) => inTurn(() => getPart(name, part + 1))),
      );
      const all = [first, ...others];
      return {
        bytes: Buffer.concat(all.map(({ bytes }) => bytes)),
        readUnits: all.reduce((sum, { readUnits }) => sum + readUnits, 0),
      };
    },
  };
}
