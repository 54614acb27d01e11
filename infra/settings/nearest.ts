/** The name that takes the fewest edits from a mistyped one; case and punctuation do not count. */
export function nearest(given: string, names: Iterable<string>): string {
  const [first = ''] = [...names].toSorted((a, b) => distanceOf(given, a) - distanceOf(given, b));
  return first;
}

/** 0 for `tables:keepondelete` and `tables.keepOnDelete`. A name may also be given without its group. */
export function distanceOf(given: string, name: string): number {
  const last = name.slice(name.lastIndexOf('.') + 1);
  return Math.min(...[name, last].map((text) => edits(plain(given), plain(text))));
}

const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** How many letters to insert, delete or replace (Levenshtein). */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [index, letter] of from.split('').entries()) {
    const next = [index + 1];
    for (const [at, other] of to.split('').entries()) {
      const replaced = (row[at] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
