/**
 * Tables in memory that follow the writes that a contender sends, so that each write can be billed by AWS's
 * rules from the item before and after it (infra/cost/write-units.ts). The engine itself bills nothing for
 * what it refuses, but AWS does.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Item, itemSize } from '../../../infra/cost/item-size.ts';
import { readUnitsOf, type TableDefinition, writeUnitsOfItems } from '../../../infra/cost/write-units.ts';
import { applyUpdate, type Update } from '../../support/update-expression.ts';

export interface WriteAction extends Update {
  readonly TableName: string;
  /** Of a Put. */
  readonly Item?: Item;
  /** Of an Update, a Delete or a ConditionCheck. */
  readonly Key?: Item;
  readonly ConditionExpression?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
}

export type ActionKind = 'Put' | 'Update' | 'Delete' | 'ConditionCheck';

/** One action, as TransactWriteItems has it. */
export type TransactAction = Readonly<Partial<Record<ActionKind, WriteAction>>>;

export interface Outcome {
  readonly isTransactional: boolean;
  /** Nothing was written: a condition was false, or the transaction was cancelled. */
  readonly isRefused: boolean;
}

export class ShadowTables {
  readonly #definitions: Readonly<Record<string, TableDefinition>>;
  readonly #initially: (tableName: string, key: Item) => Item | undefined;
  readonly #items = new Map<string, Item | undefined>();

  /** @param initially gives the items that the tables have before the first write. Default: none. */
  constructor(
    definitions: Readonly<Record<string, TableDefinition>>,
    initially: (tableName: string, key: Item) => Item | undefined = () => undefined,
  ) {
    this.#definitions = definitions;
    this.#initially = initially;
  }

  get(tableName: string, key: Item): Item | undefined {
    const id = this.#idOf(tableName, key);
    return this.#items.has(id) ? this.#items.get(id) : this.#initially(tableName, key);
  }

  /** Writes the actions unless they are refused. @returns their write units */
  write(actions: readonly TransactAction[], outcome: Outcome): number {
    return actions.reduce((sum, action) => sum + this.#writeOne(action, outcome), 0);
  }

  /** Read units of these items, each read by its key. */
  readUnits(tableName: string, keys: readonly Item[], isConsistent: boolean): number {
    return keys.reduce((sum, key) => {
      const item = this.get(tableName, key);
      return (
        sum + readUnitsOf(item === undefined ? 0 : itemSize(item), isConsistent ? 'consistent' : 'eventual')
      );
    }, 0);
  }

  #writeOne(action: TransactAction, outcome: Outcome): number {
    const [kind, body] = actionOf(action);
    const key = body.Key ?? this.#keyOf(body.TableName, body.Item ?? {});
    const before = this.get(body.TableName, key);
    const after = afterOf(kind, body, before ?? key);
    const definition = this.#definitionOf(body.TableName);
    if (!outcome.isRefused) this.#items.set(this.#idOf(body.TableName, key), after);
    return writeUnitsOfItems({ before, after }, definition, outcome);
  }

  #idOf(tableName: string, key: Item): string {
    return JSON.stringify([tableName, this.#keyOf(tableName, key)]);
  }

  #keyOf(tableName: string, item: Item): Record<string, AttributeValue> {
    const { keys } = this.#definitionOf(tableName);
    return Object.fromEntries(keys.map((name) => [name, item[name] ?? { NULL: true }]));
  }

  #definitionOf(tableName: string): TableDefinition {
    const definition = this.#definitions[tableName];
    if (definition !== undefined) return definition;
    throw new Error(
      `A contender wrote ${tableName}: expected one of ${Object.keys(this.#definitions).join()}`,
    );
  }
}

export function actionOf(action: TransactAction): readonly [ActionKind, WriteAction] {
  const [entry] = Object.entries(action);
  if (entry === undefined) throw new Error('A transaction has an empty action');
  return entry as [ActionKind, WriteAction];
}

function afterOf(kind: ActionKind, body: WriteAction, before: Item): Item | undefined {
  switch (kind) {
    case 'Put':
      return body.Item;
    case 'Update':
      return applyUpdate(before, body);
    case 'Delete':
      return undefined;
    case 'ConditionCheck':
      return before;
  }
}
