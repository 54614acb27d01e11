/** What readers use, while the number of shards, the floors of the ranking or the kinds of windows change. */
import { higherFloors } from '../../src/counting/ranking.ts';
import { windowKinds } from '../../src/counting/time-window.ts';
import type { Settings } from './settings.ts';

/** The kinds of windows that are served, the number of shards to read, and the floors to read from. */
export function servedSettings({
  rankingShards,
  previousRankingShards = rankingShards,
  ranking,
  previousRanking = ranking,
  timeWindows,
  servedTimeWindows = windowKinds,
}: Settings): Pick<Settings, 'ranking' | 'rankingShards' | 'timeWindows'> {
  const served = Object.entries(timeWindows).filter(([kind]) =>
    servedTimeWindows.some((name) => name === kind),
  );
  return {
    timeWindows: Object.fromEntries(served),
    rankingShards: Math.max(rankingShards, previousRankingShards),
    ranking: higherFloors(ranking, previousRanking),
  };
}
