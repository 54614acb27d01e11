/**
 * EventBridge event patterns, as far as filters of pipes use them: exact values, nested objects, `prefix`, `suffix`,
 * `equals-ignore-case`, `exists`, `anything-but` and `numeric`. Anything else is an error that names it: a filter that is
 * understood by half would drop records.
 */

export type EventFilter = (record: unknown) => boolean;

type FieldMatcher = (value: unknown) => boolean;

/**
 * A record passes when one pattern matches, or there is none.
 * @throws when a pattern is not JSON, or holds something that is not understood
 */
export function compileFilter(patterns: readonly string[]): EventFilter {
  if (patterns.length === 0) return () => true;
  const filters = patterns.map(compilePattern);
  return (record) => filters.some((matches) => matches(record));
}

function compilePattern(text: string): EventFilter {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch (cause) {
    throw new Error(`Filter pattern ${text} of the pipe is not JSON`, { cause });
  }
  if (!isObject(pattern)) throw new Error(`Filter pattern ${text} of the pipe: expected a JSON object`);
  return compileObject(pattern, '$');
}

function compileObject(pattern: Readonly<Record<string, unknown>>, path: string): FieldMatcher {
  if (Object.hasOwn(pattern, '$or')) throw notUnderstood('$or', path);
  const fields = Object.entries(pattern).map(([name, value]) => {
    const matches = compileField(value, `${path}.${name}`);
    return (event: unknown) =>
      matches(isObject(event) && Object.hasOwn(event, name) ? event[name] : undefined);
  });
  if (fields.length === 0)
    throw new Error(`Filter pattern of the pipe at ${path}: expected at least one field`);
  return (event) => fields.every((matches) => matches(event));
}

function compileField(value: unknown, path: string): FieldMatcher {
  if (isObject(value)) return compileObject(value, path);
  if (!Array.isArray(value) || value.length === 0) {
    throw new Error(
      `Filter pattern of the pipe at ${path}: expected an array of alternatives, got ${JSON.stringify(value)}`,
    );
  }
  const alternatives = value.map((alternative) => compileAlternative(alternative, path));
  return (field) => alternatives.some((matches) => matches(field));
}

function compileAlternative(alternative: unknown, path: string): FieldMatcher {
  if (!isObject(alternative)) {
    if (Array.isArray(alternative)) throw notUnderstood(JSON.stringify(alternative), path);
    return anyElement((field) => field === alternative);
  }
  const [operator, ...more] = Object.keys(alternative);
  if (operator === undefined || more.length > 0) throw notUnderstood(JSON.stringify(alternative), path);
  const operand = alternative[operator];
  if (operator === 'exists') {
    if (typeof operand !== 'boolean') throw notUnderstood(JSON.stringify(alternative), path);
    return (field) => (field !== undefined) === operand;
  }
  const matches = compileOperator(operator, operand);
  if (matches === undefined) throw notUnderstood(JSON.stringify(alternative), path);
  return anyElement(matches);
}

function compileOperator(operator: string, operand: unknown): FieldMatcher | undefined {
  switch (operator) {
    case 'prefix':
      return textOperator(operand, (text, expected) => text.startsWith(expected));
    case 'suffix':
      return textOperator(operand, (text, expected) => text.endsWith(expected));
    case 'equals-ignore-case':
      return textOperator(operand, (text, expected) => text.toLowerCase() === expected.toLowerCase());
    case 'anything-but':
      return compileAnythingBut(operand);
    case 'numeric':
      return compileNumeric(operand);
    default:
      return undefined;
  }
}

function textOperator(
  operand: unknown,
  holds: (text: string, expected: string) => boolean,
): FieldMatcher | undefined {
  if (typeof operand !== 'string') return undefined;
  return (field) => typeof field === 'string' && holds(field, operand);
}

function compileAnythingBut(operand: unknown): FieldMatcher | undefined {
  if (isObject(operand)) {
    const [operator, ...more] = Object.keys(operand);
    if (operator === undefined || more.length > 0 || operator === 'anything-but' || operator === 'numeric')
      return undefined;
    const excluded = compileOperator(operator, operand[operator]);
    return excluded && ((field) => field !== undefined && !excluded(field));
  }
  const excluded: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (excluded.length === 0 || excluded.some((value) => typeof value === 'object')) return undefined;
  return (field) => field !== undefined && !excluded.includes(field);
}

/** `["=", 1]`, `[">", 0, "<=", 5]`. */
function compileNumeric(operand: unknown): FieldMatcher | undefined {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0) return undefined;
  const comparisons: ((field: number) => boolean)[] = [];
  for (let i = 0; i < operand.length; i += 2) {
    const bound: unknown = operand[i + 1];
    const comparison = typeof bound === 'number' ? compareWith(operand[i], bound) : undefined;
    if (comparison === undefined) return undefined;
    comparisons.push(comparison);
  }
  return (field) => typeof field === 'number' && comparisons.every((holds) => holds(field));
}

function compareWith(operator: unknown, bound: number): ((field: number) => boolean) | undefined {
  switch (operator) {
    case '=':
      return (field) => field === bound;
    case '<':
      return (field) => field < bound;
    case '<=':
      return (field) => field <= bound;
    case '>':
      return (field) => field > bound;
    case '>=':
      return (field) => field >= bound;
    default:
      return undefined;
  }
}

/** A field that is an array matches when one of its elements does. */
function anyElement(matches: FieldMatcher): FieldMatcher {
  return (field) => (Array.isArray(field) ? field.some(matches) : matches(field));
}

function notUnderstood(what: string, path: string): Error {
  return new Error(
    `Filter pattern of the pipe at ${path}: ${what} is not understood locally; use exact values, nested objects, prefix, suffix, equals-ignore-case, exists, anything-but or numeric`,
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
