/** Collects what is wrong in files, in bounded memory: the first issues, and the number of the others. */
import { type FileIssue, ISSUES_SHOWN_MAX, ReplayFileError } from '../../../command-line/input-error.ts';
import type { Place } from './staged-rows.ts';

export class FileIssues {
  readonly #paths: readonly string[];
  readonly #first = new Smallest<Place & { readonly message: string }>(ISSUES_SHOWN_MAX, comparePlaces);

  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  get count(): number {
    return this.#first.count;
  }

  add(place: Place, message: string): void {
    this.#first.add({ ...place, message });
  }

  /** @throws {ReplayFileError} if there is any issue */
  throwIfAny(): void {
    if (this.count === 0) return;
    const issues: readonly FileIssue[] = this.#first.list().map(({ file, line, message }) => ({
      path: this.#paths[file] ?? '',
      line,
      message,
    }));
    throw new ReplayFileError(issues, this.count);
  }
}

/** Keeps the smallest values, and counts all. Equal values stay in the order in which they came. */
export class Smallest<T> {
  readonly #max: number;
  readonly #compare: (a: T, b: T) => number;
  #kept: T[] = [];
  #count = 0;

  constructor(max: number, compare: (a: T, b: T) => number) {
    this.#max = max;
    this.#compare = compare;
  }

  get count(): number {
    return this.#count;
  }

  add(value: T): void {
    this.#count += 1;
    if (this.#kept.push(value) >= 2 * this.#max) this.#kept = [...this.list()];
  }

  list(): readonly T[] {
    return this.#kept.toSorted(this.#compare).slice(0, this.#max);
  }
}

export function comparePlaces(a: Place, b: Place): number {
  return a.file - b.file || a.line - b.line;
}
