/**
 * Reads the resolved properties of one resource. `done` throws for any property that was not read, so that
 * the emulator never silently ignores a part of the template.
 */
import { isArray, isObject, type JsonObject } from '../json.ts';

export class PropertyReader {
  readonly #properties: JsonObject;
  /** Logical id, type and path, for errors. */
  readonly #at: string;
  readonly #read = new Set<string>();
  readonly #children: PropertyReader[] = [];

  constructor(properties: JsonObject, at: string) {
    this.#properties = properties;
    this.#at = at;
  }

  text(name: string): string {
    const value = this.optionalText(name);
    if (value !== undefined) return value;
    throw new Error(`The template lacks the property ${this.#at}.${name}: expected a string`);
  }

  optionalText(name: string): string | undefined {
    const value = this.#take(name);
    if (value === undefined || typeof value === 'string') return value;
    return this.#unexpected(name, 'a string', value);
  }

  /** Reads a property if its value is one of `expected`. @throws for any other value */
  oneOf<const T extends string>(name: string, expected: readonly T[]): T {
    const value = this.text(name);
    return expected.find((known) => known === value) ?? this.#unexpected(name, expected.join(' or '), value);
  }

  optionalNumber(name: string): number | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number)
      ? number
      : this.#unexpected(name, 'a number', value);
  }

  /** Empty if absent. */
  object(name: string): PropertyReader {
    const value = this.#take(name) ?? {};
    return isObject(value) ? this.#child(value, name) : this.#unexpected(name, 'an object', value);
  }

  /** Empty if absent. */
  objects(name: string): readonly PropertyReader[] {
    const value = this.#take(name) ?? [];
    if (!isArray(value)) return this.#unexpected(name, 'a list', value);
    return value.map((item, i) =>
      isObject(item)
        ? this.#child(item, `${name}[${i}]`)
        : this.#unexpected(`${name}[${i}]`, 'an object', item),
    );
  }

  /** Empty if absent. */
  texts(name: string): readonly string[] {
    const value = this.#take(name) ?? [];
    if (!isArray(value)) return this.#unexpected(name, 'a list', value);
    return value.map((item, i) =>
      typeof item === 'string' ? item : this.#unexpected(`${name}[${i}]`, 'a string', item),
    );
  }

  /** All properties by name. */
  textsByName(): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.keys(this.#properties).map((name) => [name, this.text(name)]));
  }

  has(name: string): boolean {
    return this.#properties[name] !== undefined;
  }

  /** Ignores a property that has no effect here. Say why beside the call. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#read.add(name);
  }

  /** @throws an error that names a property if it was neither read nor ignored */
  done(): void {
    const left = Object.keys(this.#properties).find((name) => !this.#read.has(name));
    if (left !== undefined) {
      throw new Error(
        `The emulator does not support the property ${this.#at}.${left} ` +
          `(${shortened(this.#properties[left])}): extend infra/local/emulator/stack, or remove it`,
      );
    }
    for (const child of this.#children) child.done();
  }

  #take(name: string): unknown {
    this.#read.add(name);
    return this.#properties[name];
  }

  #child(value: JsonObject, name: string): PropertyReader {
    const child = new PropertyReader(value, `${this.#at}.${name}`);
    this.#children.push(child);
    return child;
  }

  #unexpected(name: string, expected: string, value: unknown): never {
    throw new Error(
      `The emulator does not support this value of ${this.#at}.${name}: expected ${expected}, ` +
        `got ${shortened(value)}`,
    );
  }
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
