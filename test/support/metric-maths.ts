/** Evaluates the CloudWatch metric maths of the alarms, for one period. */

/** Values by metric id. A metric without a value in the period is absent. */
export type Values = Readonly<Record<string, number>>;
type Value = number | undefined;

/** Supports `IF`, `FILL`, `AND`, `==`, `>`, numbers and metric ids; anything else throws. */
export function evaluateMaths(expression: string, values: Values): Value {
  const tokens = expression.match(/\d+(?:\.\d+)?|\w+|==|>|[(),]/g) ?? [];
  if (tokens.join('') !== expression.replaceAll(/\s/g, '')) throw new Error(`Cannot read ${expression}`);
  const [value, rest] = conjunction(tokens, values);
  if (rest.length > 0) throw new Error(`${expression} has an unexpected ${rest.join(' ')} at its end`);
  return value;
}

type Parsed = readonly [Value, readonly string[]];

function conjunction(tokens: readonly string[], values: Values): Parsed {
  let [left, rest] = comparison(tokens, values);
  while (rest[0] === 'AND') {
    const [right, after] = comparison(rest.slice(1), values);
    // A data point is missing when one of its operands is.
    left = left === undefined || right === undefined ? undefined : Number(left !== 0 && right !== 0);
    rest = after;
  }
  return [left, rest];
}

function comparison(tokens: readonly string[], values: Values): Parsed {
  const [left, [operator, ...rest]] = operand(tokens, values);
  if (operator !== '==' && operator !== '>')
    return [left, operator === undefined ? rest : [operator, ...rest]];
  const [right, after] = operand(rest, values);
  if (left === undefined || right === undefined) return [undefined, after];
  return [Number(operator === '==' ? left === right : left > right), after];
}

function operand([token = '', ...rest]: readonly string[], values: Values): Parsed {
  if (/^\d/.test(token)) return [Number(token), rest];
  if (token !== 'IF' && token !== 'FILL') return [values[token], rest];
  const [given, after] = listed(rest, values);
  const [first, second, third] = given;
  if (token === 'FILL') return [first ?? second, after];
  return [first === undefined ? undefined : first === 0 ? third : second, after];
}

/** Parses `(a, b, …)`. */
function listed(tokens: readonly string[], values: Values): readonly [readonly Value[], readonly string[]] {
  const given: Value[] = [];
  let rest = tokens;
  while (rest[0] === '(' || rest[0] === ',') {
    const [value, after] = conjunction(rest.slice(1), values);
    given.push(value);
    rest = after;
  }
  if (rest[0] !== ')') throw new Error(`Expected ) before ${rest.join(' ')}`);
  return [given, rest.slice(1)];
}
