/** What readers use, while the number of shards or the kinds of windows change. */
import { windowKinds } from '../../src/counting/time-window.ts';
import type { Settings } from './settings.ts';

/** The kinds of windows that are served, and the number of shards to read. */
export function servedSettings({
  rankingShards,
  previousRankingShards = rankingShards,
  timeWindows,
  servedTimeWindows = windowKinds,
}: Settings): Pick<Settings, 'rankingShards' | 'timeWindows'> {
  const served = Object.entries(timeWindows).filter(([kind]) =>
    servedTimeWindows.some((name) => name === kind),
  );
  return {
    timeWindows: Object.fromEntries(served),
    rankingShards: Math.max(rankingShards, previousRankingShards),
  };
}
