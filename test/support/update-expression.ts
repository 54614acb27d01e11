/** Applies update expressions of DynamoDB: SET to a value, ADD of a number, REMOVE. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../infra/cost/item-size.ts';

export interface Update {
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>>;
}

/** @throws when the expression uses anything else */
export function applyUpdate(item: Item, update: Update): Item {
  const { UpdateExpression = '', ExpressionAttributeNames = {}, ExpressionAttributeValues = {} } = update;
  const unexpected = (): Error => new Error(`unexpected update expression '${UpdateExpression}'`);
  const nameOf = (text: string): string => ExpressionAttributeNames[text] ?? text;
  const valueOf = (text: string): AttributeValue => {
    const value = ExpressionAttributeValues[text];
    if (value === undefined) throw unexpected();
    return value;
  };
  const after: Record<string, AttributeValue> = { ...item };
  for (const [, clause = '', parts = ''] of UpdateExpression.matchAll(
    /\b(SET|ADD|REMOVE)\s+(.*?)(?=\s+(?:SET|ADD|REMOVE)\s|$)/gs,
  )) {
    for (const part of parts.split(',').map((each) => each.trim())) {
      const [, name = '', value = ''] = /^([\w#]+)(?:\s*=\s*|\s+)?(:\w+)?$/.exec(part) ?? [];
      if (name === '') throw unexpected();
      if (clause === 'REMOVE') delete after[nameOf(name)];
      else if (clause === 'SET') after[nameOf(name)] = valueOf(value);
      else
        after[nameOf(name)] = { N: String(Number(after[nameOf(name)]?.N ?? 0) + Number(valueOf(value).N)) };
    }
  }
  return after;
}
