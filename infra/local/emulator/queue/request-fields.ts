import { invalidParameter, SqsError } from './sqs-error.ts';

/** A parsed JSON object, of which nothing else is known. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType(name, 'a string');
  return value;
}

export function requiredText(fields: Fields, name: string): string {
  const text = optionalText(fields, name);
  if (text === undefined || text === '') {
    throw new SqsError({
      code: 'MissingParameter',
      message: `The request must contain the parameter ${name}.`,
    });
  }
  return text;
}

/** An integer within its bounds, or the default when it is absent. */
export function integer(
  fields: Fields,
  name: string,
  bounds: { readonly min: number; readonly max: number; readonly absent: number },
): number {
  const value = fields[name] ?? bounds.absent;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name, 'an integer');
  if (value < bounds.min || value > bounds.max) {
    throw invalidParameter(
      `Value ${value} for parameter ${name} is invalid. Reason: Must be between ${bounds.min} and ${bounds.max}, if provided.`,
    );
  }
  return value;
}

export function texts(fields: Fields, name: string): readonly string[] {
  return list(fields, name).map((value) => {
    if (typeof value !== 'string') throw wrongType(name, 'a list of strings');
    return value;
  });
}

export function objects(fields: Fields, name: string): readonly Fields[] {
  return list(fields, name).map((value) => {
    if (!isFields(value)) throw wrongType(name, 'a list of objects');
    return value;
  });
}

export function wrongType(name: string, expected: string): SqsError {
  return new SqsError({ code: 'SerializationException', message: `${name} is not ${expected}` });
}

function list(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name] ?? [];
  if (!Array.isArray(value)) throw wrongType(name, 'a list');
  return value;
}
