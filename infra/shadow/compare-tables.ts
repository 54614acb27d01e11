/** Connects the comparison with the tables or the file that the command names. */
import type { Connection } from '../command-line/dynamodb/connect.ts';
import { count } from '../command-line/text.ts';
import type { Counts, Pair } from './compare.ts';
import type { Request } from './options.ts';
import type { ReportOptions } from './print/report.ts';
import { readCounterFile } from './read/counter-file.ts';
import { CounterTable } from './read/counter-table.ts';
import { checkCountsTable, readCounts, readCountsAgain } from './read/our-counts.ts';
import { checkSource, recountRows } from './read/recount.ts';
import { TableReader } from './read/table-reader.ts';
import { compareSides } from './run.ts';

export interface Surroundings {
  /** Prints a line before the work. */
  readonly say: (line: string) => void;
  readonly onProgress: (text: string) => void;
  readonly wait: (seconds: number) => Promise<void>;
}

/** @throws {InputError} */
export async function compareTables(
  connection: Connection,
  request: Request,
  { say, onProgress, wait }: Surroundings,
): Promise<ReportOptions> {
  const { countsTable, window, graceSeconds, counter, recount } = request;
  const open = (tableName: string, option: string, what: string): Promise<TableReader> =>
    TableReader.open(connection, tableName, {
      option,
      onRows: (rows) => onProgress(`Reading ${what}: ${count(rows)} rows`),
    });
  const own = await open(countsTable, '--counts-table', 'the counts');
  checkCountsTable(own);
  const other = await openCounter(counter, (name) => open(name, '--counter-table', 'your counter'));
  const rows = recount && (await open(recount.tableName, '--favourites-table', 'the favourites'));
  if (recount && rows) checkSource(rows, recount.source);
  say(costText({ counts: own, counter: other.reader, recount: rows }));

  let tally: ReportOptions['recount'];
  const countRows = async (wanted: ReadonlySet<string>): Promise<Counts> => {
    if (recount === undefined || rows === undefined) return new Map();
    const counted = await recountRows(rows, wanted, { ...recount, window });
    tally = { ...counted.tally, table: rows.tableName };
    return counted.counts;
  };
  const comparison = await compareSides({
    readCounts: () => readCounts(own, window),
    readCounter: (counts) => other.read(counts),
    async readAgain(ids) {
      const [counts, counters] = await Promise.all([readCountsAgain(own, window, ids), other.readAgain(ids)]);
      return new Map(
        ids.map((id, at): [string, Pair] => [id, { counts: counts[at], counter: counters[at] }]),
      );
    },
    recount: recount && countRows,
    wait: () => {
      onProgress(`Waiting ${count(graceSeconds)} seconds before the second reading`);
      return wait(graceSeconds);
    },
  });
  const readers = { counts: own, counter: other.reader, recount: rows };
  return {
    comparison,
    countsTable: own.tableName,
    counter: other.name,
    window,
    graceSeconds,
    recount: tally,
    readUnits: new Map(Object.entries(readers).flatMap(([what, it]) => (it ? [[what, it.readUnits]] : []))),
  };
}

interface OpenCounter {
  readonly name: string;
  readonly reader: TableReader | undefined;
  readonly read: (counts: Counts) => Promise<Counts>;
  readonly readAgain: (ids: readonly string[]) => Promise<readonly (number | undefined)[]>;
}

async function openCounter(
  counter: Request['counter'],
  open: (tableName: string) => Promise<TableReader>,
): Promise<OpenCounter> {
  if (counter.kind === 'file') {
    const counts = await readCounterFile(counter.path);
    return {
      name: counter.path,
      reader: undefined,
      read: () => Promise.resolve(counts),
      // A file does not change.
      readAgain: (ids) => Promise.resolve(ids.map((id) => counts.get(id))),
    };
  }
  const reader = await open(counter.tableName);
  const table = new CounterTable({ ...counter, reader });
  return {
    name: `${counter.attribute} of ${reader.tableName}`,
    reader,
    read: (counts) => table.read(counts),
    readAgain: (ids) => table.readAgain(ids),
  };
}

interface Readers {
  readonly counts: TableReader;
  readonly counter: TableReader | undefined;
  readonly recount: TableReader | undefined;
}

function costText({ counts, counter, recount }: Readers): string {
  const tables = [counts, ...(counter ? [counter] : [])];
  const names = tables.map(({ tableName }) => tableName).join(' and ');
  const more =
    recount === undefined
      ? ''
      : ` The recount of ${recount.tableName}, if anything differs, takes ${unitsText([recount])}.`;
  return `Reading all of ${names} takes ${unitsText(tables)}.${more} Nothing is written.`;
}

function unitsText(tables: readonly TableReader[]): string {
  const units = tables.reduce((sum, { scanUnits }) => sum + scanUnits, 0);
  const unmeasured = tables.some(({ scanUnits }) => scanUnits === 0);
  const about = `about ${count(units)} read units`;
  return unmeasured ? `${about}, or more: DynamoDB has not measured the size of a new table yet` : about;
}
