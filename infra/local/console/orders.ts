/** The page's orders, read from their JSON bodies: strictly, because a misspelt name would otherwise mean nothing, in silence. */
import { type FaultName, faultNames } from '../emulator/faults/fault-plan.ts';
import { LOAD_RATE_MAX, LOAD_SKEW_MAX } from './load-generator.ts';
import { ProblemError } from './problem.ts';
import type { ConsoleOrders } from './protocol.ts';

type Orders = {
  readonly [Name in keyof ConsoleOrders as Name extends `POST /console/${infer Short}`
    ? Short
    : never]: ConsoleOrders[Name];
};
export type OrderName = keyof Orders;
/** An order with its body, told apart by its name. */
export type Order = {
  readonly [Name in OrderName]: { readonly name: Name; readonly body: Orders[Name] };
}[OrderName];

const modes = ['repair', 'verify', 'redrive'] as const;

const readers: { readonly [Name in OrderName]: (body: Fields) => Orders[Name] } = {
  faults: (body) => {
    only(body, ['name', 'probability']);
    return {
      name: oneOf(body, 'name', ['all', ...faultNames] as const satisfies readonly (FaultName | 'all')[]),
      probability: numberIn(body, 'probability', 1),
    };
  },
  load: (body) => {
    only(body, ['rate', 'skew']);
    return { rate: numberIn(body, 'rate', LOAD_RATE_MAX), skew: numberIn(body, 'skew', LOAD_SKEW_MAX) };
  },
  recount: (body) => {
    only(body, []);
    return {};
  },
  reconcile: (body) => {
    only(body, ['mode']);
    return { mode: oneOf(body, 'mode', modes) };
  },
};

export const orderNames = Object.keys(readers) as readonly OrderName[];

/** @param body an empty one stands for `{}`. @throws {ProblemError} 400, saying what was expected. */
export function parseOrder(name: OrderName, body: string): Order {
  const value: unknown = body.trim() === '' ? {} : parseJson(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong('Expected a JSON object as the body');
  }
  return { name, body: readers[name](value as Fields) } as Order;
}

type Fields = Readonly<Record<string, unknown>>;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong('Expected a JSON object as the body');
  }
}

function only(body: Fields, names: readonly string[]): void {
  if (Object.keys(body).every((name) => names.includes(name))) return;
  throw wrong(names.length === 0 ? 'Expected an empty object' : `Expected ${names.join(' and ')} alone`);
}

function oneOf<const T extends string>(body: Fields, name: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === body[name]);
  if (found === undefined) throw wrong(`Expected ${name} to be one of ${allowed.join(', ')}`);
  return found;
}

function numberIn(body: Fields, name: string, max: number): number {
  const value = body[name];
  if (typeof value === 'number' && value >= 0 && value <= max) return value;
  throw wrong(`Expected ${name} to be a number from 0 to ${max}`);
}

function wrong(message: string): ProblemError {
  return new ProblemError({ status: 400, message });
}
