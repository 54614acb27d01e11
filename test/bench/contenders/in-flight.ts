/**
 * The items of transactions that are under way. DynamoDB cancels a transaction that meets an item of another
 * one (developer guide, "Transaction conflict handling"). The local engine never does, so the relay does it
 * instead.
 */
import { actionOf, type TransactAction } from './shadow-tables.ts';

type Entered =
  | { readonly kind: 'entered'; readonly leave: () => void }
  /** One flag for each action: whether its item is in another transaction. */
  | { readonly kind: 'conflict'; readonly conflicting: readonly boolean[] };

export class InFlight {
  readonly #items = new Set<string>();

  /** @param body of a TransactWriteItems */
  enter(body: string): Entered {
    const { TransactItems = [] } = JSON.parse(body) as { readonly TransactItems?: readonly TransactAction[] };
    const items = TransactItems.map((action) => {
      const [, { TableName, Key, Item }] = actionOf(action);
      return JSON.stringify([TableName, Key ?? Item]);
    });
    const conflicting = items.map((item) => this.#items.has(item));
    if (conflicting.includes(true)) return { kind: 'conflict', conflicting };
    for (const item of items) this.#items.add(item);
    return {
      kind: 'entered',
      leave: () => {
        for (const item of items) this.#items.delete(item);
      },
    };
  }
}

export function conflictAnswer(conflicting: readonly boolean[]): string {
  const codes = conflicting.map((is) => (is ? 'TransactionConflict' : 'None'));
  return JSON.stringify({
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    Message: `Transaction cancelled, please refer cancellation reasons: [${codes.join(', ')}]`,
    CancellationReasons: codes.map((Code) => ({ Code })),
  });
}
