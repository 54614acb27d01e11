/** The hearts of the page, for every table that can be written: they show, mark and un-mark. */
import { InputError } from '../../../command-line/input-error.ts';
import type { LocalRun } from '../../local-run.ts';
import type { Gate } from '../../replay/pace.ts';
import { ProblemError } from '../problem.ts';
import { createFavouriteStore } from './favourite-store.ts';
import type { Favourite, RowMaker } from './row-maker.ts';

export interface Hearts {
  marked(userId: string, restaurantIds: readonly string[]): Promise<readonly string[]>;
  /** Whether the table changed. @throws {ProblemError} why the favourite cannot be written */
  set(favourite: Favourite, isMarked: boolean): Promise<boolean>;
}

/** @param maker or the reason why there is none */
export function createHearts(
  run: Pick<LocalRun, 'dynamoDb' | 'tables'>,
  maker: RowMaker | { readonly reason: string },
  options: {
    /** Every write passes this gate. */
    readonly gate: Gate;
    readonly onWritten: () => void;
    /** Changes with every write to the table that is not a heart's. */
    readonly version: () => number;
  },
): Hearts {
  if ('reason' in maker) {
    const refuse = () => Promise.reject(new ProblemError(409, maker.reason));
    return { marked: refuse, set: refuse };
  }
  const store = createFavouriteStore({ ...run, version: options.version }, maker);
  return {
    marked: (userId, restaurantIds) => store.marked(userId, restaurantIds),
    set: (favourite, isMarked) =>
      options.gate.pass(async () => {
        const change = isMarked ? store.mark(favourite) : store.unmark(favourite);
        const isChanged = await change.catch((error: unknown) => {
          throw error instanceof InputError ? new ProblemError(400, error.message) : error;
        });
        if (isChanged) options.onWritten();
        return isChanged;
      }),
  };
}
