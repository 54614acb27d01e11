/** Reads the team's counter from a table, which may hold other kinds of item too. */
import { formOf } from '../../../src/counting/source/attributes.ts';
import { atMost } from '../../../src/tables/dynamodb/at-most.ts';
import { InputError } from '../../command-line/input-error.ts';
import { plural, printable, shown } from '../../command-line/text.ts';
import type { Counts } from '../compare.ts';
import type { CounterId } from '../counter-id.ts';
import type { Item, TableReader } from './table-reader.ts';
import { wholeNumberOf } from './whole-number.ts';

export interface Counter {
  readonly reader: TableReader;
  readonly id: CounterId;
  readonly attribute: string;
}

/** Enough rows to see the attributes of each kind of item. */
const SAMPLE_ROWS = 1_000;
const FORMS_SHOWN_MAX = 3;
const QUERIES_AT_ONCE = 8;

export class CounterTable {
  readonly #counter: Counter;
  /** The keys of rows that differed at the first reading. The keys of all rows would take too much memory. */
  readonly #keys = new Map<string, Item>();

  constructor(counter: Counter) {
    this.#counter = counter;
  }

  /** @throws {InputError} if the rows cannot be read as counters */
  async read(counts: Counts): Promise<Counts> {
    const { reader, id, attribute } = this.#counter;
    const found = new Map<string, number>();
    const rows = new CounterRows(this.#counter);
    await reader.scan(this.#selection(), (item) => {
      const row = rows.read(item);
      if (row === undefined) return;
      if (found.has(row.restaurantId)) rows.repeated.add(row.restaurantId);
      found.set(row.restaurantId, row.count);
      if ((counts.get(row.restaurantId) ?? 0) !== row.count && !id.covers(reader.key)) {
        this.#keys.set(row.restaurantId, keyOf(reader, item));
      }
    });
    if (rows.others > 0 && found.size === 0 && rows.unreadable.size === 0) throw rows.wrongId();
    if (rows.others + found.size + rows.unreadable.size === 0) {
      throw noneHas(attribute, this.#counter, await reader.sample(SAMPLE_ROWS));
    }
    rows.throwIfBad();
    return found;
  }

  /** In the order of the ids, consistently. @throws {InputError} */
  async readAgain(restaurantIds: readonly string[]): Promise<readonly (number | undefined)[]> {
    const { reader, id, attribute } = this.#counter;
    const attributes = [...id.attributes, attribute];
    const keyOfId = (restaurantId: string): Item | undefined =>
      id.covers(reader.key) ? id.valuesOf(reader.key, restaurantId) : this.#keys.get(restaurantId);
    const items = await reader.get(restaurantIds.map(keyOfId), attributes);
    const rows = new CounterRows(this.#counter);
    const found = new Map<string, number>();
    const take = (item: Item | undefined): void => {
      const row = item?.[attribute] === undefined ? undefined : rows.read(item);
      if (row !== undefined) found.set(row.restaurantId, row.count);
    };
    items.forEach(take);
    if (!id.covers(reader.key)) {
      await this.#find(
        restaurantIds.filter((_, at) => items[at] === undefined),
        take,
      );
    }
    rows.throwIfBad();
    return restaurantIds.map((restaurantId) => found.get(restaurantId));
  }

  /** Finds rows whose key is not known: in their partition if the id determines it, otherwise in a scan. */
  async #find(restaurantIds: readonly string[], take: (item: Item) => void): Promise<void> {
    const { reader, id } = this.#counter;
    const partition = reader.key.slice(0, 1);
    if (restaurantIds.length === 0) return;
    if (!id.covers(partition)) {
      const wanted = new Set(restaurantIds);
      await reader.scan({ ...this.#selection(), consistent: true }, (item) => {
        if (wanted.has(id.restaurantOf(item) ?? '')) take(item);
      });
      return;
    }
    const inTurn = atMost(QUERIES_AT_ONCE);
    const queries = restaurantIds.map((restaurantId) =>
      inTurn(async () => {
        const [entry] = Object.entries(id.valuesOf(partition, restaurantId) ?? {});
        if (entry === undefined) return;
        const [name, value] = entry;
        for (const item of await reader.query({ name, value }, this.#selection())) take(item);
      }),
    );
    await Promise.all(queries);
  }

  #selection() {
    const { id, attribute } = this.#counter;
    return { attributes: [...id.attributes, attribute], having: { attribute } };
  }
}

/** Reads rows that have the counter's attribute, and collects what is wrong with them. */
class CounterRows {
  readonly repeated = new Set<string>();
  /** The form of each counter that is not a whole number, by restaurant. */
  readonly unreadable = new Map<string, string>();
  /** Rows without the id of a restaurant. */
  others = 0;
  readonly #forms = new Set<string>();
  readonly #counter: Counter;

  constructor(counter: Counter) {
    this.#counter = counter;
  }

  read(item: Item): { readonly restaurantId: string; readonly count: number } | undefined {
    const { id, attribute } = this.#counter;
    const restaurantId = id.restaurantOf(item);
    if (restaurantId === undefined) {
      this.others += 1;
      if (this.#forms.size < FORMS_SHOWN_MAX) {
        this.#forms.add(id.attributes.map((name) => `${name} = ${formOf(item[name])}`).join(', '));
      }
      return undefined;
    }
    const count = wholeNumberOf(item[attribute]);
    if (count !== undefined) return { restaurantId, count };
    this.unreadable.set(restaurantId, formOf(item[attribute]));
    return undefined;
  }

  throwIfBad(): void {
    const { reader, attribute, id } = this.#counter;
    const [bad] = this.unreadable;
    if (bad !== undefined) {
      throw new InputError(
        `${attribute} of ${plural(this.unreadable.size, 'row')} of ${reader.tableName} is not a whole ` +
          `number: that of ${shown(bad[0])} is ${printable(bad[1])}. Correct the rows, or give the counts ` +
          'as a --counter-file.',
      );
    }
    const [twice] = this.repeated;
    if (twice === undefined) return;
    const sortKey = reader.key[1]?.name ?? 'kind';
    const idText = id.text.includes('=') ? id.text : `${id.text}={restaurant}`;
    throw new InputError(
      `Several rows of ${reader.tableName} with ${attribute} name the restaurant ${shown(twice)}, and so ` +
        `for ${plural(this.repeated.size, 'restaurant')}. Say which kind of row counts, for example ` +
        `--counter-id '${idText},${sortKey}=…', or give the sums as a --counter-file.`,
    );
  }

  wrongId(): InputError {
    const { reader, attribute, id } = this.#counter;
    return new InputError(
      `--counter-id ${id.text} matches no row of ${reader.tableName}. Its rows with ${attribute} have ` +
        `${printable([...this.#forms].join(' or '))} (9 for digits, a for letters). Correct the option.`,
    );
  }
}

function noneHas(attribute: string, { reader, id }: Counter, sample: readonly Item[]): InputError {
  if (sample.length === 0)
    return new InputError(`--counter-table ${reader.tableName} is empty. Give another table.`);
  const own = sample.filter((item) => id.restaurantOf(item) !== undefined);
  const numbers = (items: readonly Item[]) =>
    new Set(
      items.flatMap((item) => Object.keys(item).filter((name) => wholeNumberOf(item[name]) !== undefined)),
    );
  const names = [...numbers(own.length > 0 ? own : sample)].toSorted();
  const remedy =
    names.length === 0
      ? 'None of the first rows has a number; give another table or attribute.'
      : `Numbers are in ${names.slice(0, 10).join(', ')}: give one of them.`;
  return new InputError(`No row of ${reader.tableName} has the attribute ${attribute}. ${printable(remedy)}`);
}

function keyOf({ key }: TableReader, item: Item): Item {
  return Object.fromEntries(key.flatMap(({ name }) => (item[name] ? [[name, item[name]]] : [])));
}
