/**
 * DynamoDB in memory, as far as the commits and the audit use it: transactions with their conditions and
 * cancellation reasons, and reads. It evaluates the real expressions, overlapping transactions conflict, and
 * eventually consistent reads may return any older version.
 */
import {
  BatchGetItemCommand,
  type CancellationReason,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  ScanCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { Item } from '../../infra/cost/item-size.ts';
import { isConditionMet } from './condition-expression.ts';
import { applyUpdate } from './update-expression.ts';

export type TransactionFault = 'none' | 'lost-answer' | 'lost-request';

export interface MemoryDynamoDbOptions {
  /** The key attributes of each table. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** Runs inside each request. */
  readonly pause?: () => Promise<unknown>;
  readonly fault?: () => TransactionFault;
  /** One of 0 to `options` − 1: how old an eventually consistent read is. */
  readonly choose?: (options: number) => number;
  /** Changes a transaction just before it is carried out, so that a test can break an expression. */
  readonly rewrite?: (actions: readonly TransactWriteItem[]) => readonly TransactWriteItem[];
  readonly onCommit?: () => void;
}

/** What an action writes, whatever its kind. */
interface Write {
  readonly TableName?: string | undefined;
  readonly Item?: Item | undefined;
  readonly Key?: Item | undefined;
  readonly UpdateExpression?: string | undefined;
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Item | undefined;
  readonly ReturnValuesOnConditionCheckFailure?: string | undefined;
}

export class MemoryDynamoDb {
  readonly #options: MemoryDynamoDbOptions;
  /** All versions of each item, the present one last. */
  readonly #versions = new Map<string, (Item | undefined)[]>();
  readonly #underWay = new Set<string>();

  constructor(options: MemoryDynamoDbOptions) {
    this.#options = options;
  }

  /** For the code under test. */
  get client(): DynamoDBClient {
    return { send: (command: unknown) => this.#send(command) } as unknown as DynamoDBClient;
  }

  itemsOf(table: string): readonly Item[] {
    return [...this.#versions].flatMap(([id, versions]): Item[] => {
      const item = versions.at(-1);
      return id.startsWith(`${table}/`) && item !== undefined ? [item] : [];
    });
  }

  /** Writes an item as damage, outside any transaction. */
  put(table: string, item: Item): void {
    this.#keep(this.#idOf(table, item), item);
  }

  async #send(command: unknown): Promise<unknown> {
    await this.#options.pause?.();
    if (command instanceof TransactWriteItemsCommand)
      return this.#transact(command.input.TransactItems ?? []);
    if (command instanceof BatchGetItemCommand) {
      const [table = ''] = Object.keys(command.input.RequestItems ?? {});
      const { Keys = [], ConsistentRead = false } = command.input.RequestItems?.[table] ?? {};
      const items = Keys.flatMap((key) => {
        const item = this.#read(this.#idOf(table, key), ConsistentRead);
        return item === undefined ? [] : [item];
      });
      return { Responses: { [table]: items } };
    }
    if (command instanceof GetItemCommand) {
      const { TableName = '', Key = {}, ConsistentRead = false } = command.input;
      return { Item: this.#read(this.#idOf(TableName, Key), ConsistentRead) };
    }
    if (command instanceof QueryCommand || command instanceof ScanCommand) {
      const { TableName = '', ExpressionAttributeValues } = command.input;
      const partition = ExpressionAttributeValues?.[':partition']?.S;
      const [name = ''] = this.#options.tables[TableName] ?? [];
      const items = this.itemsOf(TableName);
      return { Items: items.filter((item) => partition === undefined || item[name]?.S === partition) };
    }
    throw new Error('this command is not supported');
  }

  async #transact(given: readonly TransactWriteItem[]): Promise<unknown> {
    const actions = this.#options.rewrite?.(given) ?? given;
    const fault = this.#options.fault?.() ?? 'none';
    if (fault === 'lost-request') throw timedOut();
    const ids = actions.map((action) => {
      const { TableName = '', Item, Key } = writeOf(action);
      return this.#idOf(TableName, Item ?? Key ?? {});
    });
    const busy = ids.map((id) => this.#underWay.has(id));
    const own = ids.filter((_, index) => busy[index] === false);
    for (const id of own) this.#underWay.add(id);
    try {
      await this.#options.pause?.();
      const reasons = actions.map((action, index) =>
        busy[index] === true ? { Code: 'TransactionConflict' } : this.#reasonOf(action, ids[index] ?? ''),
      );
      if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
      actions.forEach((action, index) => this.#apply(action, ids[index] ?? ''));
      this.#options.onCommit?.();
    } finally {
      for (const id of own) this.#underWay.delete(id);
    }
    if (fault === 'lost-answer') throw timedOut();
    return { ConsumedCapacity: [{ CapacityUnits: actions.length * 2 }] };
  }

  #reasonOf(action: TransactWriteItem, id: string): CancellationReason {
    const write = writeOf(action);
    const item = this.#versions.get(id)?.at(-1);
    const { ConditionExpression } = write;
    if (ConditionExpression === undefined || isConditionMet(write, item)) return { Code: 'None' };
    const isReturned = write.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && item !== undefined;
    return { Code: 'ConditionalCheckFailed', ...(isReturned && { Item: { ...item } }) };
  }

  #apply(action: TransactWriteItem, id: string): void {
    const write = writeOf(action);
    if (action.Put !== undefined) this.#keep(id, write.Item);
    if (action.Update === undefined) return;
    const { Key: key = {} } = write;
    this.#keep(
      id,
      applyUpdate(this.#versions.get(id)?.at(-1) ?? key, write as Parameters<typeof applyUpdate>[1]),
    );
  }

  #keep(id: string, item: Item | undefined): void {
    const versions = this.#versions.get(id) ?? [undefined];
    this.#versions.set(id, versions);
    versions.push(item);
  }

  #read(id: string, isConsistent: boolean): Item | undefined {
    const versions = this.#versions.get(id) ?? [undefined];
    const age = isConsistent ? 0 : (this.#options.choose?.(versions.length) ?? 0);
    return versions[versions.length - 1 - age];
  }

  #idOf(table: string, item: Item): string {
    const keys = this.#options.tables[table] ?? [];
    return `${table}/${JSON.stringify(keys.map((name) => item[name]))}`;
  }
}

function writeOf({ Put, Update, ConditionCheck }: TransactWriteItem): Write {
  return Put ?? Update ?? ConditionCheck ?? {};
}

function cancelled(CancellationReasons: CancellationReason[]): Error {
  return new TransactionCanceledException({ message: 'cancelled', $metadata: {}, CancellationReasons });
}

function timedOut(): Error {
  return Object.assign(new Error('no answer'), { name: 'TimeoutError' });
}
