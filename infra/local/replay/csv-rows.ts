/**
 * Parses CSV strictly (RFC 4180): rows end in LF or CRLF, a field may be quoted, and a quote inside it is
 * doubled. Each row has the number of its first line. After an issue in one row, parsing continues with the
 * next row.
 */

export interface CsvRow {
  readonly kind: 'row';
  /** Line where the row starts, counted from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

export interface CsvIssue {
  readonly kind: 'issue';
  readonly line: number;
  readonly message: string;
}

/** Yields the rows in the order of the file. An empty line is a row of one empty field. */
export function* csvRows(text: string): Generator<CsvRow | CsvIssue> {
  let position = 0;
  let line = 1;
  while (position < text.length) {
    const row = readRow(text, position);
    yield row.issue === undefined
      ? { kind: 'row', line, fields: row.fields }
      : { kind: 'issue', line, message: row.issue };
    line += newlinesBetween(text, position, row.end);
    position = row.end;
  }
}

interface RowRead {
  readonly fields: readonly string[];
  /** Index where the next row starts. */
  readonly end: number;
  readonly issue?: string;
}

const UNQUOTED = /[^",\r\n]*/y;

function readRow(text: string, start: number): RowRead {
  const fields: string[] = [];
  let position = start;
  for (;;) {
    const field = text[position] === '"' ? readQuoted(text, position) : readUnquoted(text, position);
    if (field.issue !== undefined) return { fields, end: field.end, issue: field.issue };
    fields.push(field.value);
    if (text[field.end] !== ',') return { fields, end: afterLineBreak(text, field.end) };
    position = field.end + 1;
  }
}

interface FieldRead {
  readonly value: string;
  /** Index of the comma, line break or end after the field. After an issue: index of the next row. */
  readonly end: number;
  readonly issue?: string;
}

function readUnquoted(text: string, start: number): FieldRead {
  UNQUOTED.lastIndex = start;
  const value = UNQUOTED.exec(text)?.[0] ?? '';
  const end = start + value.length;
  if (endsField(text, end)) return { value, end };
  const issue =
    text[end] === '"'
      ? 'a quote inside a field that is not quoted; put the whole field in quotes and double the quotes in it'
      : 'a carriage return without a line feed; save the file with LF or CRLF line ends';
  return { value, end: nextLine(text, end), issue };
}

function readQuoted(text: string, start: number): FieldRead {
  let value = '';
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote === -1) {
      const issue =
        'a quoted field that is never closed; add the closing quote, and double the quotes inside a field';
      return { value, end: text.length, issue };
    }
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') {
      if (endsField(text, quote + 1)) return { value, end: quote + 1 };
      const issue = 'text after the closing quote of a field; double the quotes that belong to the field';
      return { value, end: nextLine(text, quote + 1), issue };
    }
    value += '"';
    from = quote + 2;
  }
}

function endsField(text: string, at: number): boolean {
  const character = text[at];
  return character === undefined || character === ',' || character === '\n' || text.startsWith('\r\n', at);
}

function afterLineBreak(text: string, at: number): number {
  if (text[at] === '\r') return at + 2;
  return text[at] === '\n' ? at + 1 : at;
}

function nextLine(text: string, from: number): number {
  const lineFeed = text.indexOf('\n', from);
  return lineFeed === -1 ? text.length : lineFeed + 1;
}

function newlinesBetween(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
