/**
 * Reads the resolved properties of one resource. A property that nobody read is an error at the end: were it
 * passed over in silence, what runs here would not be what deploys.
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
    throw new Error(`The template lacks the property ${this.#at}.${name}: expected a text`);
  }

  optionalText(name: string): string | undefined {
    const value = this.#take(name);
    if (value === undefined || typeof value === 'string') return value;
    return this.#unexpected(name, 'a text', value);
  }

  /** One of these: for any other the emulator would not do what AWS does. */
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

  /** An absent one reads as empty. */
  object(name: string): PropertyReader {
    const value = this.#take(name) ?? {};
    return isObject(value) ? this.#child(value, name) : this.#unexpected(name, 'an object', value);
  }

  /** An absent one reads as empty. */
  objects(name: string): readonly PropertyReader[] {
    const value = this.#take(name) ?? [];
    if (!isArray(value)) return this.#unexpected(name, 'a list', value);
    return value.map((item, i) =>
      isObject(item)
        ? this.#child(item, `${name}[${i}]`)
        : this.#unexpected(`${name}[${i}]`, 'an object', item),
    );
  }

  /** An absent one reads as empty. */
  texts(name: string): readonly string[] {
    const value = this.#take(name) ?? [];
    if (!isArray(value)) return this.#unexpected(name, 'a list', value);
    return value.map((item, i) =>
      typeof item === 'string' ? item : this.#unexpected(`${name}[${i}]`, 'a text', item),
    );
  }

  /** All of them, by their names. */
  textsByName(): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.keys(this.#properties).map((name) => [name, this.text(name)]));
  }

  has(name: string): boolean {
    return this.#properties[name] !== undefined;
  }

  /** For properties without effect on this machine; say why beside the call. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#read.add(name);
  }

  /** @throws when a property was neither read nor ignored, naming it */
  done(): void {
    const left = Object.keys(this.#properties).find((name) => !this.#read.has(name));
    if (left !== undefined) {
      throw new Error(
        `The emulator does not support the property ${this.#at}.${left} ` +
          `(${shortened(this.#properties[left])}): extend infra/local/emulator/stack, or leave it out`,
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
