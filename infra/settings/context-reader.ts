/** Reads settings out of the CDK's context one by one, and gathers what cannot be read. */
import { SettingsError } from './validation.ts';

/** Context comes as text from `-c`, and as any JSON from cdk.json. */
export type ReadContext = (key: string) => unknown;

export class ContextReader {
  readonly #read: ReadContext;
  readonly #faults: string[] = [];

  constructor(read: ReadContext) {
    this.#read = read;
  }

  /** What `result` returns when everything was readable; else one error with its faults too. */
  orAllFaults<T>(result: () => T): T {
    const faults = [...this.#faults];
    try {
      const value = result();
      if (faults.length === 0) return value;
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      faults.push(...error.faults);
    }
    throw new SettingsError(faults);
  }

  text(key: string): string | undefined {
    const value = this.#read(key);
    if (value === undefined || value === null) return undefined;
    return typeof value === 'string' ? value : JSON.stringify(value);
  }

  /** `a,b`; an empty text is an empty list. */
  list(key: string): readonly string[] | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    return value === '' ? [] : value.split(',');
  }

  number(key: string): number | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    return /^\d{1,15}$/.test(value) ? Number(value) : this.fault(key, value, 'a whole number');
  }

  flag(key: string): boolean | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    return value === 'true' || value === 'false' ? value === 'true' : this.fault(key, value, 'true or false');
  }

  oneOf<T extends string>(key: string, known: readonly T[]): T | undefined {
    const value = this.text(key);
    if (value === undefined) return undefined;
    return known.find((each) => each === value) ?? this.fault(key, value, `one of ${known.join(', ')}`);
  }

  fault(key: string, value: string, expected: string): undefined {
    this.#faults.push(`${key} is '${value}', expected ${expected}`);
    return undefined;
  }
}
