/**
 * Validates against the part of JSON Schema 2020-12 that the OpenAPI document uses. An unknown keyword
 * throws, because otherwise it would not be checked.
 */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * One line for each place where `value` does not match `schema`. `resolve` returns the schema of a `$ref`.
 */
export function schemaIssues(
  value: unknown,
  schema: JsonSchema,
  resolve: (ref: string) => JsonSchema,
  at = '$',
): readonly string[] {
  return Object.entries(schema).flatMap(([keyword, expected]) => {
    const check = keywords[keyword];
    if (check === undefined)
      throw new Error(`The schema at ${at} uses the keyword ${keyword}, which is not supported here.`);
    const issues = check({
      value,
      expected,
      schema,
      at,
      check: (part, of, where) => schemaIssues(part, of, resolve, where),
      resolve,
    });
    if (typeof issues !== 'boolean') return issues;
    return issues ? [] : [`${at}: ${keyword} ${JSON.stringify(expected)} does not hold`];
  });
}

interface Check {
  readonly value: unknown;
  readonly expected: unknown;
  readonly schema: JsonSchema;
  readonly at: string;
  readonly check: (value: unknown, schema: JsonSchema, at: string) => readonly string[];
  readonly resolve: (ref: string) => JsonSchema;
}

const annotations = ['description', 'default', 'example', 'examples'];

const keywords: Readonly<Record<string, (check: Check) => boolean | readonly string[]>> = {
  ...Object.fromEntries(annotations.map((name) => [name, () => true])),
  $ref: ({ value, expected, at, check, resolve }) => check(value, resolve(expected as string), at),
  type: ({ value, expected }) => [expected].flat().some((type) => isOfType(value, type as string)),
  const: ({ value, expected }) => JSON.stringify(value) === JSON.stringify(expected),
  enum: ({ value, expected }) => (expected as readonly unknown[]).includes(value),
  not: ({ value, expected, at, check }) => check(value, expected as JsonSchema, at).length > 0,
  anyOf: ({ value, expected, at, check }) =>
    (expected as readonly JsonSchema[]).some((one) => check(value, one, at).length === 0),
  oneOf: ({ value, expected, at, check }) =>
    (expected as readonly JsonSchema[]).filter((one) => check(value, one, at).length === 0).length === 1,
  minLength: ({ value, expected }) => !isText(value) || Array.from(value).length >= Number(expected),
  maxLength: ({ value, expected }) => !isText(value) || Array.from(value).length <= Number(expected),
  pattern: ({ value, expected }) => !isText(value) || new RegExp(expected as string, 'u').test(value),
  format: ({ value, expected }) => {
    if (expected !== 'date-time') throw new Error(`The format ${String(expected)} is not supported here.`);
    return (
      !isText(value) ||
      (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) && !Number.isNaN(Date.parse(value)))
    );
  },
  minimum: ({ value, expected }) => typeof value !== 'number' || value >= Number(expected),
  maximum: ({ value, expected }) => typeof value !== 'number' || value <= Number(expected),
  minItems: ({ value, expected }) => !Array.isArray(value) || value.length >= Number(expected),
  maxItems: ({ value, expected }) => !Array.isArray(value) || value.length <= Number(expected),
  items: ({ value, expected, at, check }) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => check(item, expected as JsonSchema, `${at}[${index}]`))
      : true,
  minProperties: ({ value, expected }) => !isObject(value) || Object.keys(value).length >= Number(expected),
  maxProperties: ({ value, expected }) => !isObject(value) || Object.keys(value).length <= Number(expected),
  required: ({ value, expected }) =>
    !isObject(value) || (expected as readonly string[]).every((name) => Object.hasOwn(value, name)),
  properties: ({ value, expected, at, check }) =>
    Object.entries(expected as Readonly<Record<string, JsonSchema>>).flatMap(([name, schema]) =>
      isObject(value) && Object.hasOwn(value, name) ? check(value[name], schema, `${at}.${name}`) : [],
    ),
  propertyNames: ({ value, expected, at, check }) =>
    isObject(value)
      ? Object.keys(value).flatMap((name) => check(name, expected as JsonSchema, `${at}.${name}`))
      : true,
  additionalProperties: ({ value, expected, schema, at, check }) => {
    if (!isObject(value)) return true;
    const named = isObject(schema['properties']) ? Object.keys(schema['properties']) : [];
    const others = Object.keys(value).filter((name) => !named.includes(name));
    if (typeof expected === 'boolean') return expected || others.length === 0;
    return others.flatMap((name) => check(value[name], expected as JsonSchema, `${at}.${name}`));
  },
};

function isOfType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
