/** The settings of a replay. Retention is off, so that files with old dates are counted too. */
import type { WindowKind } from '../../../src/counting/time-window.ts';
import { type Settings, settingsFor } from '../../settings/settings.ts';
import { keptForEver } from './known-windows.ts';

export function replaySettings(
  options: {
    readonly batchSize?: number | undefined;
    readonly windows?: readonly WindowKind[] | undefined;
  } = {},
): Settings {
  return settingsFor('dev', {
    timeWindows: keptForEver(options.windows),
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
