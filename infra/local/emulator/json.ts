/** Narrowing of values that came as JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value itself, or an empty object when it is something else. */
export function objectOrEmpty(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
