/** Formats numbers, names and tables for the command lines and the console. */

export function count(number: number): string {
  return number.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** `1 count`, `1,200 counts` */
export function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** Quotes, shortens and escapes a value from a file, so that it fits into one line of a terminal. */
export function shown(text: string): string {
  return `'${printable(shorten(text, 40))}'`;
}

export function shorten(text: string, lengthMax: number): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
}

/** The zero-width joiner is not escaped, because it is harmless and joins the parts of many emoji. */
const ZERO_WIDTH_JOINER = '\u200d';

/** Escapes control and direction characters, so that a value from a file cannot control the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === ZERO_WIDTH_JOINER) return character;
    return `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0')}`;
  });
}

/**
 * Prints one line per row, with columns of equal width: text is aligned to the left, numbers to the right.
 */
export function alignColumns(
  rows: readonly (readonly string[])[],
  columns: readonly ('text' | 'number')[],
): string {
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => (columns[i] === 'text' ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}
