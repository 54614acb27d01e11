import type { TimeWindowKind, TimeWindows } from './settings.ts';

/** `MONTH:1130,DAY:forever`, as src/lambda/environment.ts reads it; of `kinds` alone where they are given. */
export function timeWindowsText(timeWindows: TimeWindows, kinds?: readonly TimeWindowKind[]): string {
  return Object.entries(timeWindows)
    .filter(([kind]) => kinds?.some((served) => served === kind) ?? true)
    .map(([kind, retention]) => `${kind}:${retention}`)
    .join(',');
}
