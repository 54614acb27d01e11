/** Where in the pipeline a fault strikes: its sign is shown there while it is on. */
import type { FaultState } from '../../protocol.ts';

export type FaultPlace = 'stream' | 'pipe' | 'aggregator' | 'tables';

const places: Readonly<Record<FaultState['name'], FaultPlace>> = {
  poison: 'stream',
  duplicate: 'pipe',
  reorder: 'pipe',
  drop: 'pipe',
  vanish: 'pipe',
  crash: 'aggregator',
  'lost-answer': 'tables',
  throttle: 'tables',
  conflict: 'tables',
};

export function faultsAt(place: FaultPlace, faults: readonly FaultState[]): readonly FaultState[] {
  return faults.filter(({ name, probability }) => probability > 0 && places[name] === place);
}
