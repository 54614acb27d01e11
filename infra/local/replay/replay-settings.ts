/** The settings of a replay. Retention is off, so that files with old dates are counted too. */
import { defaultSource, type Source } from '../../../src/counting/source/source.ts';
import type { WindowKind } from '../../../src/counting/time-window.ts';
import { type Settings, settingsFor } from '../../settings/settings.ts';
import { InputError } from '../../command-line/input-error.ts';
import { keptForEver } from './known-windows.ts';

/** @throws {InputError} for windows of rows without a date */
export function replaySettings(
  options: {
    readonly source?: Source | undefined;
    readonly batchSize?: number | undefined;
    readonly windows?: readonly WindowKind[] | undefined;
    readonly timeZone?: string | undefined;
  } = {},
): Settings {
  const { source = defaultSource, windows } = options;
  const isUndated = source.createdAt === 'none';
  if (isUndated && windows !== undefined) {
    throw new InputError(
      `--windows ${windows.join()}: the rows of --source have no date (createdAt is none), ` +
        'so only ALL_TIME is counted; leave out --windows.',
    );
  }
  return settingsFor('dev', {
    source,
    timeWindows: isUndated ? {} : keptForEver(windows),
    ...(options.timeZone !== undefined && { timeZone: options.timeZone }),
    reconcile: {
      // A local engine never shows half of a transaction, and a transaction takes less than a second.
      secondReadingSeconds: 1,
      // Small, so that even a table of a few megabytes has several segments, as a large table does on AWS.
      segmentMegabytes: 4,
      segmentsMax: 4,
      // Reads from a local engine cost nothing and disturb no other users.
      seedUnitsPerSecond: 1_000_000,
    },
    ...(options.batchSize !== undefined && { pipe: { batchSize: options.batchSize } }),
  });
}
