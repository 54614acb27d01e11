/**
 * The variable RANKING for (a): `on`, `off`, or a floor for each kind of window, such as
 * `ALL_TIME:16,MONTH:16,DAY:16`. The index `ranking` holds the rows with a count of at least the floor.
 */
import { windowKindsInOrder } from './favourite-change.ts';

/** One floor for each window of a favourite, in their order; undefined if every row is ranked. */
export type Floors = readonly number[] | 'on' | 'off';

export function floorsOf(ranking = 'on'): Floors {
  if (ranking === 'on' || ranking === 'off') return ranking;
  const floors = new Map(ranking.split(',').map((part) => part.split(':') as [string, string]));
  return windowKindsInOrder.map((kind) => {
    const floor = Number(floors.get(kind));
    if (floor >= 1) return floor;
    throw new Error(`RANKING is ${ranking}: expected on, off, or a floor for ${windowKindsInOrder.join()}`);
  });
}
