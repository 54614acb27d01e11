/** The properties of the construct that do not derive from settings. */
import { readFileSync } from 'node:fs';
import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Source } from '../../src/counting/source/source.ts';
import { type WindowKind, windowKinds } from '../../src/counting/time-window.ts';
import { isDuration } from '../settings/props.ts';
import type { AlarmsProps, SettingsProps } from './generated/settings-props.ts';

/**
 * The table of favourites, and the description of its rows. docs/source.md explains each member, and the
 * doctor proposes them for a live table.
 */
export interface FavouriteSource extends Partial<Source> {
  /**
   * Your table, with a stream of new and old images. Import a table of another stack with
   * `Table.fromTableAttributes(scope, id, { tableArn, tableStreamArn })`.
   *
   * @default - the construct creates a table
   */
  readonly table?: ITable;
}

export interface FavouriteCountsProps extends SettingsProps {
  /**
   * The table of favourites, and the description of its rows.
   *
   * @default - the construct creates the table that docs/data-model.md describes
   */
  readonly source?: FavouriteSource;
  /**
   * The kinds of windows to count beside ALL_TIME, each with how long to keep a window after its end.
   *
   * @default { MONTH: Duration.days(1130), DAY: Duration.days(62) }
   */
  readonly windows?: { readonly [Kind in WindowKind]?: Duration | 'forever' };
  /**
   * The namespace of the metrics, the name of the dashboard and the API, and part of the names of some logs.
   * No other FavouriteCounts in the same account and region may have it.
   *
   * @default - the names of the stack and of the construct, such as Shop-Likes
   */
  readonly name?: string;
  readonly alarms?: AlarmsProps & {
    /**
     * Every alarm notifies this topic when it starts and when it ends.
     *
     * @default - alarms only change their state
     */
    readonly topic?: ITopic;
  };
}

/**
 * Reads a description of a table from a JSON file, such as the one that the doctor writes:
 * `source: { table, ...readSourceFile('likes-source.json') }`. It is checked with the other properties.
 * @throws {Error} if the file cannot be read, or is not JSON
 */
export function readSourceFile(path: string): Source {
  try {
    const description: unknown = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
    if (isPlain(description)) return description as Source;
    throw new TypeError('it is not a JSON object');
  } catch (cause) {
    throw new Error(`cannot read the description of the table in ${path}: ${String(cause)}`, { cause });
  }
}

export interface OwnProps {
  /** Settings, by path, that no single property derives from. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly table: ITable | undefined;
  readonly topic: ITopic | undefined;
  readonly issues: readonly string[];
}

/** Reads and checks the properties that are objects. A wrong one counts as not given. */
export function readOwnProps({
  source,
  windows,
  api,
  alarms,
  removalPolicy,
}: FavouriteCountsProps): OwnProps {
  const issues: string[] = [];
  const report = (issue: string): undefined => void issues.push(issue);
  const { table, description } = readSourceProp(source, report);
  const timeWindows = readWindows(windows, report);
  return {
    settings: {
      ...(description && { source: description }),
      ...(timeWindows && { timeWindows }),
      'api.enabled': isGiven(api),
      // A protected table cannot be deleted with its stack.
      ...(removalPolicy === RemovalPolicy.DESTROY && { 'tables.deletionProtection': false }),
    },
    table,
    topic: readTopic(alarms?.topic, report),
    issues,
  };
}

type Report = (issue: string) => undefined;

function readSourceProp(
  source: unknown,
  report: Report,
): { readonly table?: ITable; readonly description?: object } {
  if (!isGiven(source)) return {};
  if (!isPlain(source) || 'tableArn' in source) {
    report('source must be { table, … }: your table, and the description of its rows');
    return {};
  }
  const { table, ...description } = source as Readonly<Record<string, unknown>>;
  if ('table' in source && !isTable(table)) {
    report('source.table must be a Table, a TableV2 or an imported table');
  } else if (Object.keys(source).length === 0) {
    report('source is empty: give it your table, or leave it out and the construct creates one');
  }
  return {
    ...(isTable(table) && { table }),
    ...(Object.keys(description).length > 0 && { description }),
  };
}

function readWindows(windows: unknown, report: Report): Readonly<Record<string, unknown>> | undefined {
  if (!isGiven(windows)) return undefined;
  if (!isPlain(windows)) {
    return report("windows must be an object such as { MONTH: Duration.days(400), DAY: 'forever' }");
  }
  const given = Object.entries(windows).filter(([, kept]) => kept !== undefined);
  const read = given.map(([kind, kept]) => [kind, daysOf(kept)] as const);
  const wrong = read.filter(
    ([kind, kept]) => !windowKinds.some((known) => known === kind) || kept === undefined,
  );
  for (const [kind] of wrong) {
    const expected = `${windowKinds.join(', ')}, each with a Duration of whole days or 'forever'`;
    report(`windows.${kind} is wrong: windows may have ${expected}`);
  }
  return wrong.length === 0 ? Object.fromEntries(read) : undefined;
}

function daysOf(kept: unknown): number | 'forever' | undefined {
  if (kept === 'forever') return kept;
  if (!isDuration(kept) || kept.isUnresolved()) return undefined;
  const days = kept.toDays({ integral: false });
  return Number.isInteger(days) ? days : undefined;
}

function readTopic(topic: unknown, report: Report): ITopic | undefined {
  if (!isGiven(topic)) return undefined;
  const { topicArn, fifo } = topic as Partial<ITopic>;
  if (typeof topicArn !== 'string') return report('alarms.topic must be a Topic or an imported topic');
  if (fifo === true) return report('alarms.topic is a FIFO topic, which no alarm can notify');
  return topic as ITopic;
}

function isTable(table: unknown): table is ITable {
  const { tableArn, tableName } = (table ?? {}) as Partial<ITable>;
  return typeof tableArn === 'string' && typeof tableName === 'string';
}

function isGiven(value: unknown): value is object {
  return value !== undefined && value !== null;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
}
