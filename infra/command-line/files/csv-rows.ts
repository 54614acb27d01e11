/**
 * Reads a CSV file as a stream of rows, with the line where each starts. After a bad quote in a row, reading
 * goes on with the next line.
 */
import { CsvError, type InfoRecord, parse, type Parser } from 'csv-parse';
import { InputError } from '../input-error.ts';
import { count } from '../text.ts';

export const separators = [',', ';', '\t'] as const;
export type Separator = (typeof separators)[number];

export interface CsvRowsOptions {
  readonly separator: Separator;
  /** An empty line is a row of one empty field. An {@link InputError} becomes an issue. */
  readonly onRow: (fields: readonly string[], line: number) => void;
  readonly onIssue: (message: string, line: number) => void;
  /** Whether the file has more than `chunks`, so that the end of a quoted field may be missing. */
  readonly isCut: () => boolean;
}

/** A row with a quote that is never closed would otherwise take the rest of the file into memory. */
const ROW_BYTES_MAX = 1_000_000;
/** Reading stops after this many bad quotes, because each of them starts the parser again. */
const QUOTE_ISSUES_MAX = 1_000;
const LINE_FEED = 0x0a;

export async function readCsvRows(chunks: AsyncIterable<Buffer>, options: CsvRowsOptions): Promise<void> {
  const rows = new CsvRows(options);
  for await (const chunk of chunks) await rows.write(chunk);
  await rows.end();
}

class CsvRows {
  readonly #options: CsvRowsOptions;
  #parser: Parser;
  /** The bytes from the start of the row that is being read. */
  #unread = Buffer.alloc(0);
  /** Where that row starts: in `#unread`, as a line, and as the parser counts bytes. */
  #start = 0;
  #line = 1;
  #parsed = 0;
  #quoteIssues = 0;
  #state: 'reading' | 'skipping a line' | 'ended' = 'reading';

  constructor(options: CsvRowsOptions) {
    this.#options = options;
    this.#parser = this.#newParser();
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.#state === 'ended') return;
    this.#unread = Buffer.concat([this.#unread.subarray(this.#start), chunk]);
    this.#start = 0;
    if (this.#state === 'skipping a line') await this.#skipLine();
    else await this.#recover(await this.#parse(chunk));
  }

  async end(): Promise<void> {
    if (this.#state !== 'reading') return;
    const error = await settled((callback) => this.#parser.end(callback));
    if (isNotClosed(error) && this.#options.isCut()) return;
    await this.#recover(error);
    // After a bad quote, a new parser has read the rest of the file. It must be ended too.
    if (error !== undefined) await this.end();
  }

  #newParser(): Parser {
    const parser = parse({
      delimiter: this.#options.separator,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      max_record_size: ROW_BYTES_MAX,
      on_record: (fields: readonly string[], { bytes }: InfoRecord) => {
        this.#onRow(fields, bytes);
        // Nobody reads the parser's output, so it must not keep the row.
        return null;
      },
    });
    // The callback of each write gets the error too.
    parser.on('error', () => {});
    parser.resume();
    return parser;
  }

  #onRow(fields: readonly string[], bytesParsed: number): void {
    const line = this.#line;
    const end = this.#start + (bytesParsed - this.#parsed);
    for (let at = this.#unread.indexOf(LINE_FEED, this.#start); at !== -1 && at < end; ) {
      this.#line += 1;
      at = this.#unread.indexOf(LINE_FEED, at + 1);
    }
    [this.#start, this.#parsed] = [end, bytesParsed];
    try {
      this.#options.onRow(fields, line);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#options.onIssue(error.message, line);
    }
  }

  #parse(bytes: Buffer): Promise<Error | undefined> {
    if (bytes.length === 0) return Promise.resolve(undefined);
    return settled((callback) => this.#parser.write(bytes, callback));
  }

  /** Reports a bad quote, and goes on. @throws any other error */
  async #recover(error: Error | undefined): Promise<void> {
    if (error === undefined) return;
    if (!(error instanceof CsvError)) throw error;
    this.#quoteIssues += 1;
    const isLast = this.#quoteIssues === QUOTE_ISSUES_MAX;
    const { issue, isRestUnread } = describe(error.code);
    const rest = '. The lines after it have not been read';
    this.#options.onIssue(issue + (isRestUnread || isLast ? rest : ''), this.#line);
    this.#state = 'ended';
    if (!isRestUnread && !isLast) await this.#skipLine();
  }

  /** Starts again after the line in which the bad row starts. */
  async #skipLine(): Promise<void> {
    const lineFeed = this.#unread.indexOf(LINE_FEED, this.#start);
    if (lineFeed === -1) {
      this.#state = 'skipping a line';
      this.#start = this.#unread.length;
      return;
    }
    this.#state = 'reading';
    this.#line += 1;
    [this.#start, this.#parsed] = [lineFeed + 1, 0];
    this.#parser = this.#newParser();
    await this.#recover(await this.#parse(this.#unread.subarray(this.#start)));
  }
}

function settled(work: (callback: (error?: Error | null) => void) => unknown): Promise<Error | undefined> {
  return new Promise((resolve) => {
    work((error) => resolve(error ?? undefined));
  });
}

function isNotClosed(error: Error | undefined): boolean {
  return error instanceof CsvError && error.code === 'CSV_QUOTE_NOT_CLOSED';
}

function describe(code: string): { readonly issue: string; readonly isRestUnread: boolean } {
  switch (code) {
    case 'INVALID_OPENING_QUOTE':
      return {
        issue:
          'a quote inside a field that is not quoted; put the whole field in quotes ' +
          'and double the quotes in it',
        isRestUnread: false,
      };
    case 'CSV_INVALID_CLOSING_QUOTE':
      return {
        issue: 'text after the closing quote of a field; double the quotes that belong to the field',
        isRestUnread: false,
      };
    case 'CSV_QUOTE_NOT_CLOSED':
      return {
        issue:
          'a quoted field that is never closed; add the closing quote, and double the quotes inside ' +
          'a field',
        isRestUnread: true,
      };
    default:
      return {
        issue:
          `a row of more than ${count(ROW_BYTES_MAX)} bytes; look for a quote that is never closed ` +
          `(${code})`,
        isRestUnread: true,
      };
  }
}

/** The separator of the header: the one that it has most often outside quotes. @param start of the file */
export function separatorOf(start: string): Separator {
  // A name in quotes may have separators and line breaks.
  const [unquoted = ''] = start
    .trimStart()
    .replaceAll(/(?<=^|[,;\t\n])"[^"]*(?:""[^"]*)*"/g, '')
    .split('\n', 1);
  const times = (separator: Separator): number => unquoted.split(separator).length;
  return separators.reduce((best, next) => (times(next) > times(best) ? next : best));
}
