/**
 * DynamoDB in memory, with the counts that a busy deployment has after some months, so that the units of a
 * write are those of an ordinary day and not those of empty tables. The rows exist without being stored: a
 * restaurant's count follows from its rank.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../infra/cost/item-size.ts';
import type { TableDefinition } from '../../../infra/cost/write-units.ts';
import { isConditionMet } from '../../support/condition-expression.ts';
import { actionsOf, type Request } from './bill.ts';
import { ZIPF_RESTAURANTS } from './loads.ts';
import { actionOf, ShadowTables, type TransactAction } from './shadow-tables.ts';

/** Favourites so far, at 0.7 million a day: after five months, at noon of the 15th. */
export const steadyFavourites = { ALL_TIME: 100_000_000, MONTH: 10_150_000, DAY: 350_000 } as const;
export type SteadyKind = keyof typeof steadyFavourites;

const harmonic = Array.from({ length: ZIPF_RESTAURANTS }, (_, index) => 1 / (index + 1)).reduce(
  (sum, share) => sum + share,
);

/** @param rank from 1 */
export function steadyCount(kind: SteadyKind, rank: number): number {
  return Math.round(steadyFavourites[kind] / harmonic / rank);
}

/** The floors that rank exactly these restaurants, as the variable RANKING. */
export function steadyFloors(ranked: number): string {
  return Object.keys(steadyFavourites)
    .map((kind) => `${kind}:${steadyCount(kind as SteadyKind, ranked)}`)
    .join();
}

export interface SteadyOptions {
  readonly tables: Readonly<Record<string, TableDefinition>>;
  readonly countsTable: string;
  /** The variable RANKING, which says which rows are in the index at the start. */
  readonly ranking: string;
  readonly rankingKeyOf: (restaurantId: string, window: string) => string;
}

export interface SteadyAnswer {
  readonly status: number;
  readonly body: object;
}

export class SteadyTables {
  readonly #tables: ShadowTables;
  readonly bill = { requests: 0, writeUnits: 0, readUnits: 0 };

  constructor({ tables, countsTable, ranking, rankingKeyOf }: SteadyOptions) {
    const floors = new Map(ranking.split(',').map((part) => part.split(':') as [string, string]));
    this.#tables = new ShadowTables(tables, (tableName, key) => {
      if (tableName !== countsTable) return undefined;
      const [restaurantId, window] = [key['restaurant_id']?.S ?? '', key['time_window']?.S ?? ''];
      const kind = kindOf(window);
      const count = steadyCount(kind, Number(restaurantId.slice(1)));
      if (count < 1) return undefined;
      const isRanked = ranking === 'on' || (ranking !== 'off' && count >= Number(floors.get(kind)));
      return {
        ...key,
        favourite_count: { N: String(count) },
        updated_at: { S: '2022-08-15T11:59:59.000Z' },
        ...(isRanked && { ranking_key: { S: rankingKeyOf(restaurantId, window) } }),
      };
    });
  }

  execute(operation: string, request: Request): SteadyAnswer {
    this.bill.requests += 1;
    if (operation === 'BatchGetItem') return { status: 200, body: this.#batchGet(request) };
    const isTransactional = operation === 'TransactWriteItems';
    const actions = actionsOf(operation, request);
    if (actions.length === 0) throw new Error(`The steady tables do not know ${operation}`);
    const refused = actions.map((action) => !this.#isAllowed(action));
    const isRefused = refused.includes(true);
    this.bill.writeUnits += this.#tables.write(actions, { isTransactional, isRefused });
    if (isRefused) return { status: 400, body: this.#refusal(actions, refused, isTransactional) };
    if (request.ReturnValues !== 'UPDATED_NEW') return { status: 200, body: {} };
    return { status: 200, body: { Attributes: this.#itemOf(actions[0] ?? {}) } };
  }

  #batchGet({ RequestItems = {} }: Request): object {
    const responses = Object.entries(RequestItems).map(([tableName, { Keys = [], ConsistentRead }]) => {
      this.bill.readUnits += this.#tables.readUnits(tableName, Keys, ConsistentRead === true);
      const items = Keys.map((key) => this.#tables.get(tableName, key)).filter((item) => item !== undefined);
      return [tableName, items];
    });
    return { Responses: Object.fromEntries(responses) as object, UnprocessedKeys: {} };
  }

  #isAllowed(action: TransactAction): boolean {
    const [, body] = actionOf(action);
    return body.ConditionExpression === undefined || isConditionMet(body, this.#itemOf(action));
  }

  #itemOf(action: TransactAction): Item | undefined {
    const [, { TableName, Key, Item }] = actionOf(action);
    return this.#tables.get(TableName, Key ?? Item ?? {});
  }

  #refusal(
    actions: readonly TransactAction[],
    refused: readonly boolean[],
    isTransactional: boolean,
  ): object {
    const type = isTransactional ? 'TransactionCanceledException' : 'ConditionalCheckFailedException';
    const reasons = actions.map((action, index) => {
      if (refused[index] !== true) return { Code: 'None' };
      const wants = actionOf(action)[1].ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
      const Item = wants ? this.#itemOf(action) : undefined;
      return { Code: 'ConditionalCheckFailed', ...(Item && { Item }) };
    });
    return {
      __type: `com.amazonaws.dynamodb.v20120810#${type}`,
      message: 'The conditional request failed',
      ...(isTransactional && { CancellationReasons: reasons }),
    };
  }
}

function kindOf(window: string): SteadyKind {
  if (window === 'ALL_TIME') return 'ALL_TIME';
  return /^(?:\d{4}-\d\d|[A-Z]{3}_\d{4})$/.test(window) ? 'MONTH' : 'DAY';
}

/** What a handler needs of a client: it sends commands to the tables in this process. */
export function clientOver(tables: SteadyTables) {
  return {
    send: async (command: { readonly input: object }): Promise<Record<string, AttributeValue>> => {
      const operation = command.constructor.name.replace(/Command$/, '');
      const { status, body } = tables.execute(operation, command.input as Request);
      if (status === 200) return body as Record<string, AttributeValue>;
      throw Object.assign(new Error('refused'), { name: 'ConditionalCheckFailedException' });
    },
  };
}
