/**
 * EventBridge event patterns, as used in pipe filters: exact values, nested objects, `prefix`, `suffix`,
 * `equals-ignore-case`, `exists`, `anything-but` and `numeric`. Anything else throws an error that names it,
 * because a filter that is only partly supported would drop records.
 */
import { isObject, type JsonObject } from '../json.ts';

export type EventFilter = (record: unknown) => boolean;

type FieldMatcher = (value: unknown) => boolean;

/**
 * A record passes when at least one pattern matches, or when the list is empty.
 * @throws when a pattern is not JSON, or contains something that is not supported
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

function compileObject(pattern: JsonObject, path: string): FieldMatcher {
  if (Object.hasOwn(pattern, '$or')) throw notSupported('$or', path);
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
      `Filter pattern of the pipe at ${path}: expected an array of alternatives, ` +
        `got ${JSON.stringify(value)}`,
    );
  }
  const alternatives = value.map((alternative) => compileAlternative(alternative, path));
  return (field) => alternatives.some((matches) => matches(field));
}

function compileAlternative(alternative: unknown, path: string): FieldMatcher {
  if (!isObject(alternative) && !Array.isArray(alternative)) {
    return anyElement((field) => field === alternative);
  }
  const [[operator, operand] = ['', undefined], ...more] = Object.entries(alternative);
  if (operator === 'exists' && typeof operand === 'boolean' && more.length === 0) {
    return (field) => (field !== undefined) === operand;
  }
  const matches = more.length === 0 ? compileOperator(operator, operand) : undefined;
  if (matches === undefined) throw notSupported(JSON.stringify(alternative), path);
  return anyElement(matches);
}

const textOperators = new Map<string, (text: string, expected: string) => boolean>([
  ['prefix', (text, expected) => text.startsWith(expected)],
  ['suffix', (text, expected) => text.endsWith(expected)],
  ['equals-ignore-case', (text, expected) => text.toLowerCase() === expected.toLowerCase()],
]);

function compileOperator(operator: string, operand: unknown): FieldMatcher | undefined {
  if (operator === 'anything-but') return compileAnythingBut(operand);
  if (operator === 'numeric') return compileNumeric(operand);
  const holds = textOperators.get(operator);
  if (holds === undefined || typeof operand !== 'string') return undefined;
  return (field) => typeof field === 'string' && holds(field, operand);
}

function compileAnythingBut(operand: unknown): FieldMatcher | undefined {
  if (isObject(operand)) {
    const [[operator, inner] = ['', undefined], ...more] = Object.entries(operand);
    const excluded =
      textOperators.has(operator) && more.length === 0 ? compileOperator(operator, inner) : undefined;
    return excluded && ((field) => field !== undefined && !excluded(field));
  }
  const excluded: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (excluded.length === 0 || excluded.some((value) => typeof value === 'object')) return undefined;
  return (field) => field !== undefined && !excluded.includes(field);
}

const comparisons = new Map<unknown, (field: number, bound: number) => boolean>([
  ['=', (field, bound) => field === bound],
  ['<', (field, bound) => field < bound],
  ['<=', (field, bound) => field <= bound],
  ['>', (field, bound) => field > bound],
  ['>=', (field, bound) => field >= bound],
]);

/** `["=", 1]`, `[">", 0, "<=", 5]`. */
function compileNumeric(operand: unknown): FieldMatcher | undefined {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0) return undefined;
  const all: ((field: number) => boolean)[] = [];
  for (let i = 0; i < operand.length; i += 2) {
    const holds = comparisons.get(operand[i]);
    const bound: unknown = operand[i + 1];
    if (holds === undefined || typeof bound !== 'number') return undefined;
    all.push((field) => holds(field, bound));
  }
  return (field) => typeof field === 'number' && all.every((holds) => holds(field));
}

/** A field that is an array matches when one of its elements does. */
function anyElement(matches: FieldMatcher): FieldMatcher {
  return (field) => (Array.isArray(field) ? field.some(matches) : matches(field));
}

function notSupported(what: string, path: string): Error {
  return new Error(
    `Filter pattern of the pipe at ${path}: ${what} is not supported locally; use exact values, ` +
      'nested objects, prefix, suffix, equals-ignore-case, exists, anything-but or numeric',
  );
}
