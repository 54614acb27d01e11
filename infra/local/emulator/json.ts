/** Narrows values that were parsed from JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value if it is an object, otherwise an empty object. */
export function objectOrEmpty(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
