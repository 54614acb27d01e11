/** The settings of a replay: retention is off, so that a file counts whatever its dates. */
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
      // The local engine never shows half a transaction; a second is enough for one that is under way.
      secondReadingSeconds: 1,
      // Several segments of a table of a few megabytes, so that what runs here is what runs on a large one.
      segmentMegabytes: 4,
      segmentsMax: 4,
      // No price and no throughput to share with anybody.
      seedUnitsPerSecond: 1_000_000,
    },
    ...(options.batchSize !== undefined && { pipe: { batchSize: options.batchSize } }),
  });
}
