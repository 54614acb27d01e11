/** The settings of a replay: those of the stack, with retention off, because a file is counted whatever its dates. */
import { type Settings, settingsFor } from '../../settings.ts';

export function replaySettings(o: { readonly batchSize?: number | undefined } = {}): Settings {
  return settingsFor('dev', {
    timeWindows: { MONTH: 'forever', DAY: 'forever' },
    ...(o.batchSize !== undefined && { pipe: { batchSize: o.batchSize } }),
  });
}
