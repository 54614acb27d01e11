/**
 * The sentences of the truth meter. If the last recount is out of date, they are in the past tense, with the
 * time of that recount.
 */
import type { TruthState } from '../../protocol.ts';
import { timeOfDay, whole } from '../format.ts';

export function verdictText({ drift, countsCompared, problem }: TruthState): string {
  if (drift === undefined) return 'Not recounted yet';
  const [is, are] = problem === undefined ? ['is', 'are'] : ['was', 'were'];
  if (drift > 0) return `${whole(drift)} ${drift === 1 ? `count ${is}` : `counts ${are}`} wrong`;
  return countsCompared === undefined
    ? `All counts ${are} right`
    : `All ${whole(countsCompared)} counts ${are} right`;
}

export function detailText({ problem, favourites, atMs }: TruthState): string {
  const isCounted = favourites !== undefined && atMs !== undefined;
  if (problem !== undefined) return isCounted ? `${problem} Last recount at ${timeOfDay(atMs)}.` : problem;
  if (!isCounted) return 'The counts are compared with a recount of Favourites';
  return `Compared with a recount of ${whole(favourites)} favourites at ${timeOfDay(atMs)}`;
}
