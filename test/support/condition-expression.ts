/**
 * Evaluates a DynamoDB condition expression on an item. It supports the functions and operators that this
 * project uses, by the rules of the developer guide ("Comparison operator and function reference"). A
 * comparison with a missing attribute, or with an attribute of another type, is false.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export interface Condition {
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>> | undefined;
}

/** @throws when the expression uses anything else. */
export function isConditionMet(
  { ConditionExpression = '', ExpressionAttributeNames, ExpressionAttributeValues }: Condition,
  item: Readonly<Record<string, AttributeValue>> = {},
): boolean {
  const tokens = ConditionExpression.match(/[#:]?\w+|[<>]=?|[=(),]|\S/g) ?? [];
  const isMet = either();
  if (tokens.length > 0) throw unexpected(tokens[0]);
  return isMet;

  function either(): boolean {
    let met = both();
    while (accept('OR')) met = both() || met;
    return met;
  }

  function both(): boolean {
    let met = single();
    while (accept('AND')) met = single() && met;
    return met;
  }

  function single(): boolean {
    if (accept('NOT')) return !single();
    if (accept('(')) {
      const met = either();
      expectToken(')');
      return met;
    }
    if (accept('attribute_exists')) return inParentheses(operand) !== undefined;
    if (accept('attribute_not_exists')) return inParentheses(operand) === undefined;
    if (accept('attribute_type')) return inParentheses(hasType);
    return comparison();
  }

  function comparison(): boolean {
    const left = operand();
    const operator = tokens.shift();
    const order = compare(left, operand());
    switch (operator) {
      case '=':
        return order === 0;
      case '<':
        return order !== undefined && order < 0;
      case '>=':
        return order !== undefined && order >= 0;
      case 'BETWEEN': {
        expectToken('AND');
        const upper = compare(left, operand());
        return order !== undefined && upper !== undefined && order >= 0 && upper <= 0;
      }
      default:
        throw unexpected(operator);
    }
  }

  function hasType(): boolean {
    const attribute = operand();
    expectToken(',');
    const type = operand()?.S;
    return attribute !== undefined && Object.keys(attribute)[0] === type;
  }

  function inParentheses<T>(read: () => T): T {
    expectToken('(');
    const value = read();
    expectToken(')');
    return value;
  }

  function operand(): AttributeValue | undefined {
    const token = tokens.shift() ?? '';
    const name = /^[a-z]\w*$/.test(token) ? token : ExpressionAttributeNames?.[token];
    const value = ExpressionAttributeValues?.[token];
    if (name === undefined && value === undefined) throw unexpected(token);
    return name === undefined ? value : item[name];
  }

  function accept(token: string): boolean {
    if (tokens[0] !== token) return false;
    tokens.shift();
    return true;
  }

  function expectToken(token: string): void {
    if (!accept(token)) throw unexpected(tokens[0]);
  }

  function unexpected(token: string | undefined): Error {
    return new Error(`unexpected ${token ?? 'end'} in '${ConditionExpression}'`);
  }
}

/** Compares text by its UTF-8 bytes, as DynamoDB does; undefined if the two values cannot be compared. */
function compare(a: AttributeValue | undefined, b: AttributeValue | undefined): number | undefined {
  if (a?.S !== undefined && b?.S !== undefined) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  if (a?.N !== undefined && b?.N !== undefined) return Math.sign(Number(a.N) - Number(b.N));
  return undefined;
}
