/** What one contender sent, and what it costs: as the engine says, and by AWS's rules. */
import type { TableDefinition } from '../../../infra/cost/write-units.ts';
import type { Item } from '../../../infra/cost/item-size.ts';
import { ShadowTables, type TransactAction, type WriteAction } from './shadow-tables.ts';

/** A request and the engine's response to it, in the order of the responses. */
export interface Exchange {
  readonly operation: string;
  readonly body: string;
  readonly status: number;
  readonly answer: string;
}

export interface Bill {
  /** Requests to DynamoDB, also those that the SDK repeated. */
  readonly requests: number;
  /** As the engine says. It reports no units for what it refuses. */
  readonly writeUnitsOfEngine: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

/** The parts of a request that matter here. */
export interface Request extends WriteAction {
  readonly ReturnValues?: string;
  readonly TransactItems?: readonly TransactAction[];
  readonly ClientRequestToken?: string;
  readonly ConsistentRead?: boolean;
  readonly RequestItems?: Readonly<
    Record<string, { readonly Keys?: readonly Item[]; readonly ConsistentRead?: boolean }>
  >;
}

interface Answer {
  readonly ConsumedCapacity?: Capacity | readonly Capacity[];
}

interface Capacity {
  readonly CapacityUnits?: number;
}

/** The operations that write, with the kind of their action. */
export const singleWrites = { PutItem: 'Put', UpdateItem: 'Update', DeleteItem: 'Delete' } as const;

/** Bills exchanges in their order. The tables in memory follow them, so it must see all of them. */
export class Biller {
  readonly #tables: ShadowTables;
  readonly #committedTokens = new Set<string>();
  readonly #bill = { requests: 0, writeUnitsOfEngine: 0, writeUnits: 0, readUnits: 0 };

  constructor(definitions: Readonly<Record<string, TableDefinition>>) {
    this.#tables = new ShadowTables(definitions);
  }

  /** Of all exchanges so far. */
  get bill(): Bill {
    return { ...this.#bill };
  }

  add({ operation, body, status, answer }: Exchange): void {
    const request = JSON.parse(body) as Request;
    this.#bill.requests += 1;
    for (const { tableName, keys, isConsistent } of readsOf(operation, request)) {
      this.#bill.readUnits += this.#tables.readUnits(tableName, keys, isConsistent);
    }
    const actions = actionsOf(operation, request);
    const token = request.ClientRequestToken;
    // DynamoDB answers a repeated transaction from its memory, and bills only reads.
    if (actions.length === 0 || (token !== undefined && this.#committedTokens.has(token))) return;
    const isRefused = status !== 200;
    if (!isRefused) {
      this.#bill.writeUnitsOfEngine += capacityOf(JSON.parse(answer) as Answer);
      if (token !== undefined) this.#committedTokens.add(token);
    }
    const isTransactional = operation === 'TransactWriteItems';
    this.#bill.writeUnits += this.#tables.write(actions, { isTransactional, isRefused });
  }
}

export function actionsOf(operation: string, request: Request): readonly TransactAction[] {
  if (operation === 'TransactWriteItems') return request.TransactItems ?? [];
  const kind = singleWrites[operation as keyof typeof singleWrites];
  return kind === undefined ? [] : [{ [kind]: request }];
}

function readsOf(operation: string, request: Request) {
  if (operation === 'GetItem' && request.Key !== undefined) {
    const isConsistent = request.ConsistentRead === true;
    return [{ tableName: request.TableName, keys: [request.Key], isConsistent }];
  }
  return Object.entries(request.RequestItems ?? {}).map(([tableName, { Keys = [], ConsistentRead }]) => ({
    tableName,
    keys: Keys,
    isConsistent: ConsistentRead === true,
  }));
}

function capacityOf({ ConsumedCapacity = [] }: Answer): number {
  return [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}
