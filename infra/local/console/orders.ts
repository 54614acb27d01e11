/** Parses the page's orders strictly: a misspelt field is an error. */
import * as v from 'valibot';
import { faultNames } from '../emulator/faults/fault-plan.ts';
import { LOAD_RATE_MAX, LOAD_SKEW_MAX } from './load-generator.ts';
import { ProblemError } from './problem.ts';
import type { ConsoleOrders } from './protocol.ts';

type Orders = {
  readonly [Name in keyof ConsoleOrders as Name extends `POST /console/${infer Short}`
    ? Short
    : never]: ConsoleOrders[Name];
};
export type OrderName = keyof Orders;
/** An order with its body, discriminated by its name. */
export type Order = {
  readonly [Name in OrderName]: { readonly name: Name; readonly body: Orders[Name] };
}[OrderName];

/** The descriptions complete the error `Expected probability to be …`. */
const numberUpTo = (max: number) =>
  v.pipe(v.number(), v.minValue(0), v.maxValue(max), v.description(`a number from 0 to ${max}`));
const oneOf = <const Names extends readonly string[]>(names: Names) =>
  v.pipe(v.picklist(names), v.description(`one of ${names.join(', ')}`));

const schemas = {
  faults: v.strictObject({ name: oneOf(['all', ...faultNames]), probability: numberUpTo(1) }),
  load: v.strictObject({ rate: numberUpTo(LOAD_RATE_MAX), skew: numberUpTo(LOAD_SKEW_MAX) }),
  recount: v.strictObject({}),
  reconcile: v.strictObject({ mode: oneOf(['repair', 'verify', 'redrive']) }),
} satisfies { readonly [Name in OrderName]: v.GenericSchema<unknown, Orders[Name]> };

export const orderNames = Object.keys(schemas) as readonly OrderName[];

/** @param body JSON; empty means `{}`. @throws {ProblemError} 400, saying what was expected */
export function parseOrder(name: OrderName, body: string): Order {
  const schema = schemas[name];
  const parsed = v.safeParse(schema, body.trim() === '' ? {} : parseJson(body));
  if (parsed.success) return { name, body: parsed.output } as Order;
  const field = parsed.issues[0].path?.[0].key;
  const entries: Readonly<Record<string, v.GenericSchema>> = schema.entries;
  const entry = typeof field === 'string' && Object.hasOwn(entries, field) ? entries[field] : undefined;
  if (entry !== undefined) {
    throw new ProblemError(400, `Expected ${String(field)} to be ${v.getDescription(entry)}`);
  }
  if (field === undefined) throw new ProblemError(400, 'Expected a JSON object as the body');
  const names = Object.keys(entries);
  throw new ProblemError(
    400,
    names.length === 0 ? 'Expected an empty object' : `Expected only ${names.join(' and ')}`,
  );
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    // valibot accepts an array as an object.
    return Array.isArray(value) ? undefined : value;
  } catch {
    return undefined;
  }
}
