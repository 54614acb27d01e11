/**
 * Declares, reads and checks values: settings for the stack, environment variables for the handlers. The
 * stack writes the variables of a function from the same declarations that the function reads
 * (src/lambda/settings.ts).
 */
import {
  check,
  type GenericSchema,
  number,
  picklist,
  pipe,
  safeParse,
  string,
  transform,
  unknown,
} from 'valibot';

/** The values that are allowed. */
export interface Rule<T> {
  /** The value if the variable is not set. Without this, an unset variable is an issue. */
  readonly ifUnset?: T;
  readonly schema: GenericSchema<unknown, T>;
  /** Completes "must be …". */
  readonly expected: string;
  /** For a value of many parts: the schema's own issues say what is wrong with which part. */
  readonly isDetailed?: true;
}

export interface Defaults<D> {
  readonly default: D;
  /** The default in production, where it differs. */
  readonly prod?: NoInfer<D>;
}

export type Setting<T = unknown> = Rule<T> & Defaults<T>;

/** A variable that a handler reads: a setting, which has a path, or the name of a resource of the stack. */
export interface Variable<T = unknown> {
  readonly path?: string;
  readonly value: Rule<T>;
}

export type Variables = Readonly<Record<string, Variable>>;
export type EnvironmentOf<V extends Variables> = {
  readonly [Name in keyof V]: V[Name] extends Variable<infer T> ? T : never;
};

/** A function was deployed with variables that it cannot use; `issues` names every one of them. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly code = 'environment';
  readonly issues: readonly string[];

  constructor(issues: readonly string[]) {
    super(`This function cannot use its environment: ${issues.join('; ')}. Deploy the stack again.`);
    this.issues = issues;
  }
}

/** @throws {EnvironmentError} naming all variables that are missing or unreadable, not only the first. */
export function readEnvironment<V extends Variables>(
  variables: V,
  environment: Readonly<Record<string, string | undefined>>,
): EnvironmentOf<V> {
  const issues: string[] = [];
  const values = Object.entries(variables).map(([name, { path = name, value }]) => {
    const variable = variableOf(path);
    return [name, readValue(variable, value, { given: environment[variable], issues })];
  });
  if (issues.length > 0) throw new EnvironmentError(issues);
  return Object.fromEntries(values) as EnvironmentOf<V>;
}

/** `RECONCILE_GRACE_SECONDS` for `reconcile.graceSeconds`. */
export function variableOf(path: string): string {
  return path.replaceAll(/\.|(?=[A-Z])/g, '_').toUpperCase();
}

/** Returns undefined and adds every issue if the value is missing or breaks its rule. */
export function readValue<T>(
  name: string,
  { schema, expected, isDetailed, ifUnset }: Rule<T>,
  { given, issues }: { readonly given: unknown; readonly issues: string[] },
): T | undefined {
  if (given === undefined && ifUnset !== undefined) return ifUnset;
  const result = safeParse(schema, given);
  if (result.success) return result.output;
  if (isDetailed && given !== undefined) {
    issues.push(...result.issues.map(({ message }) => `${name}: ${message}`));
    return undefined;
  }
  const shown = typeof given === 'string' ? given : JSON.stringify(given);
  issues.push(given === undefined ? `${name} is not set` : `${name} must be ${expected}, not '${shown}'`);
  return undefined;
}

/** Settings come as text from the command line and from the environment, and as JSON from cdk.json. */
export function fromText(read: (text: string) => unknown) {
  const readText = (given: unknown) => (typeof given === 'string' ? read(given) : given);
  return pipe(unknown(), transform(readText));
}

export function text<D extends string | undefined>(
  expected: string,
  allowed: RegExp | ((text: string) => boolean),
  defaults: Defaults<D>,
): Rule<string> & Defaults<D> {
  const isAllowed = typeof allowed === 'function' ? allowed : (given: string) => allowed.test(given);
  return { schema: pipe(string(), check(isAllowed)), expected, ...defaults };
}

export function wholeNumber<D extends number | undefined>({
  min,
  max,
  unit,
  ...defaults
}: Defaults<D> & { readonly min: number; readonly max: number; readonly unit: string }): Rule<number> &
  Defaults<D> {
  return {
    schema: pipe(
      fromText((digits) => (/^\d{1,15}$/.test(digits) ? Number(digits) : digits)),
      number(),
      check((given) => Number.isInteger(given) && given >= min && given <= max),
    ),
    expected: `a whole number of ${unit} from ${min} to ${max}`,
    ...defaults,
  };
}

export function oneOf<const T extends string | number>({
  options,
  ...defaults
}: Defaults<NoInfer<T>> & { readonly options: readonly T[] }): Rule<T> & Defaults<T> {
  return {
    schema: pipe(
      fromText((given) => options.find((option) => String(option) === given)),
      picklist(options),
    ),
    expected: `one of ${options.join(', ')}`,
    ...defaults,
  };
}
