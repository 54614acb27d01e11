/** The kinds of item in a sample: those whose keys begin with the same literals. */
import { formOfKeyText } from './composite.ts';
import { findLiterals, type KeyText } from './literals.ts';
import { idText, type Item, type KeyName, type Sample } from './sample.ts';

export interface Kind {
  /** A text for each key attribute, such as `USER#…`; `number` if it is one. */
  readonly forms: readonly string[];
  /** The literal of each key attribute, and whether it is all of it. */
  readonly literals: readonly { readonly literal: string; readonly isAll: boolean }[];
  /** Set if the literals do not tell kinds apart: these are only the rows that have this attribute. */
  readonly having?: string;
  readonly rows: readonly KindRow[];
}

export interface KindRow {
  readonly item: Item;
  /** For each key attribute, what follows its literal; undefined for a constant or a binary key. */
  readonly tails: readonly (string | undefined)[];
}

/** Such as `USER#…  FAV#…`. It holds no id. */
export function nameOf({ forms, having }: Kind): string {
  return `${forms.join('  ')}${having === undefined ? '' : `, with ${having}`}`;
}

/** The most frequent kind comes first. */
export function kindsOf({ key, items }: Sample): readonly Kind[] {
  const readers = key.map((attribute) => keyReader(attribute, items, key));
  const kinds = new Map<string, Kind & { readonly rows: KindRow[] }>();
  for (const item of items) {
    const texts = readers.map((read) => read(item));
    const forms = texts.map((text, at) => (key[at]?.type === 'N' ? 'number' : formOfKeyText(text)));
    const literals = texts.map(({ literal, tail }) => ({ literal, isAll: tail === undefined }));
    const id = JSON.stringify(forms);
    const kind = kinds.get(id) ?? { forms, literals, rows: [] };
    kind.rows.push({ item, tails: texts.map(({ tail }) => tail) });
    kinds.set(id, kind);
  }
  return [...kinds.values()].toSorted((a, b) => b.rows.length - a.rows.length);
}

function keyReader(
  { name, type }: KeyName,
  items: readonly Item[],
  key: readonly KeyName[],
): (item: Item) => KeyText {
  const textOf = (item: Item) => (type === 'B' ? '' : (idText(item, name) ?? ''));
  if (type !== 'S') return (item) => ({ literal: '', tail: textOf(item) });
  const rows = items.map((item) => ({ text: textOf(item), item }));
  const read = findLiterals(rows, { name, keyNames: key.map((one) => one.name) });
  return (item) => read(textOf(item));
}
