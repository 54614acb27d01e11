/**
 * Finds two ids that look alike but differ: by white space around them, or by Unicode form. They are counted
 * apart, because ids are never changed, but they may be meant as the same id. One example is enough for a
 * warning.
 */
import type { StatementSync } from 'node:sqlite';
import { printable } from '../../../command-line/text.ts';
import type { Reading } from './reading.ts';
import type { Place } from './staged-rows.ts';

export interface RowIds {
  readonly restaurant?: string | undefined;
  readonly user?: string | undefined;
}
type IdName = keyof RowIds;
const idNames = ['restaurant', 'user'] as const;

interface Example {
  readonly name: IdName;
  readonly ids: readonly [string, string];
  readonly rows: readonly [number, number];
}

interface StoredId {
  readonly id: string;
  readonly row: number;
}

export class LookAlikes {
  readonly #reading: Reading;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  #example: Example | undefined;
  #hasCandidates = false;

  constructor(reading: Reading) {
    this.#reading = reading;
    // Only ids that differ from their own normal form are kept; usually there are none.
    reading.scratch.exec(
      'CREATE TABLE odd_ids (form TEXT, id TEXT, row INTEGER, PRIMARY KEY (form, id)) WITHOUT ROWID',
    );
    this.#insert = reading.scratch.prepare('INSERT OR IGNORE INTO odd_ids VALUES (?, ?, ?)');
    this.#select = reading.scratch.prepare('SELECT id, row FROM odd_ids WHERE form = ? AND id <> ? LIMIT 1');
  }

  /** Call it for each row. */
  add(ids: RowIds, row: number): void {
    if (this.#example !== undefined) return;
    for (const name of idNames) {
      const id = ids[name];
      if (id === undefined || isPlain(id)) continue;
      const form = normalForm(id);
      if (form === id) continue;
      this.#hasCandidates = true;
      this.#insert.run(keyOf(name, form), keyOf(name, id), row);
      this.#compare(name, id, row);
    }
  }

  /** Call it when all rows are read. @param idsOf of the text of a row */
  async warn(idsOf: (text: string) => RowIds): Promise<void> {
    if (this.#hasCandidates) await this.#comparePlain(idsOf);
    if (this.#example === undefined) return;
    const { name, ids, rows } = this.#example;
    const [first, second] = distinct(ids);
    const places = rows.map((row) => this.#placeText(row));
    this.#reading.warnings.push(
      'Ids that look alike are counted apart, because ids are never trimmed or changed: ' +
        `${name} ${first} at ${places[0]} and ${second} at ${places[1]} ` +
        'differ only by white space around them or by Unicode form.',
    );
  }

  /** Ids in normal form are not kept, so this reads all rows again to compare them. */
  async #comparePlain(idsOf: (text: string) => RowIds): Promise<void> {
    const { rows } = this.#reading;
    const numbers = countTo(rows.length);
    for await (const batch of this.#reading.paused(numbers, 'Comparing the ids of', rows.length)) {
      for (const row of batch) {
        if (this.#example !== undefined) return;
        const ids = idsOf(rows.textOf(row));
        for (const name of idNames) this.#compare(name, ids[name], row);
      }
    }
  }

  #compare(name: IdName, id: string | undefined, row: number): void {
    if (id === undefined || this.#example !== undefined) return;
    const other = this.#select.get(keyOf(name, normalForm(id)), keyOf(name, id)) as StoredId | undefined;
    if (other === undefined) return;
    const otherId = JSON.parse(other.id.slice(1)) as string;
    this.#example =
      other.row < row
        ? { name, ids: [otherId, id], rows: [other.row, row] }
        : { name, ids: [id, otherId], rows: [row, other.row] };
  }

  #placeText(row: number): string {
    const place: Place = this.#reading.rows.placeOf(row);
    return this.#reading.placeText(place);
  }
}

/** As JSON, because SQLite would end a text at a NUL. */
function keyOf(name: IdName, text: string): string {
  return name.slice(0, 1) + JSON.stringify(text);
}

function normalForm(id: string): string {
  return id.trim().normalize('NFC');
}

/** Whether it certainly is in normal form. Most ids are plain, and this is faster than computing the form. */
function isPlain(id: string): boolean {
  return /^[!-~]+(?: [!-~]+)*$/.test(id);
}

function* countTo(end: number): Generator<number> {
  for (let number = 0; number < end; number += 1) yield number;
}

/** Shows two ids so that their difference can be seen. */
function distinct([a, b]: readonly [string, string]): readonly [string, string] {
  const [first, second] = [visible(a), visible(b)];
  const isSame = first.normalize('NFC') === second.normalize('NFC');
  return isSame ? [`'${escapeAll(a)}'`, `'${escapeAll(b)}'`] : [first, second];
}

/** Of each end of a long id. */
const LENGTH_SHOWN = 30;

/** Escapes white space at the ends, unusual white space, and characters that the normal form would change. */
function visible(id: string): string {
  const text = id
    .replaceAll(/^\s+|\s+$|\p{M}|[^\S ]/gu, (part) => escapeAll(part))
    .replaceAll(/\P{ASCII}/gu, (character) =>
      character.normalize('NFC') === character ? character : escapeAll(character),
    );
  const isLong = text.length > 2 * LENGTH_SHOWN;
  const short = isLong ? `${text.slice(0, LENGTH_SHOWN)}…${text.slice(-LENGTH_SHOWN)}` : text;
  return `'${printable(short)}'`;
}

function escapeAll(text: string): string {
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0x20 && code < 0x7f ? character : `\\u${code.toString(16).padStart(4, '0')}`;
  }).join('');
}
