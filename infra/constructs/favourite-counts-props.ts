/** The properties of the construct that do not derive from settings. */
import { readFileSync } from 'node:fs';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Source } from '../../src/counting/source/source.ts';
import type { WindowKind } from '../../src/counting/time-window.ts';
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
    return JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, '')) as Source;
  } catch (cause) {
    throw new Error(`cannot read the description of the table in ${path}: ${String(cause)}`, { cause });
  }
}

/** The settings, by path, that no single property derives from. */
export function settingsOf({
  source,
  windows,
  api,
  removalPolicy,
}: FavouriteCountsProps): Readonly<Record<string, unknown>> {
  const { table: _, ...description } = source ?? {};
  return {
    ...(Object.keys(description).length > 0 && { source: description }),
    ...(windows && { timeWindows: daysOf(windows) }),
    'api.enabled': api !== undefined,
    // A protected table cannot be deleted with its stack.
    ...(removalPolicy === RemovalPolicy.DESTROY && { 'tables.deletionProtection': false }),
  };
}

function daysOf(windows: NonNullable<FavouriteCountsProps['windows']>) {
  return Object.fromEntries(
    Object.entries(windows)
      .filter(([, kept]) => kept !== undefined)
      .map(([kind, kept]) => [kind, kept instanceof Duration ? kept.toDays({ integral: false }) : kept]),
  );
}
