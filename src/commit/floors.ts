/**
 * Guesses on which side of the floor of its ranking each count will be, so that most transactions commit at
 * once. A wrong guess never writes a wrong ranking key: the condition of the update fails, and returns the
 * count. After every commit the key is there exactly if the count is at the floor or above it.
 */
import type { CountChange } from '../counting/counted-favourite.ts';
import { floorOf, hasFloor, type RankingSettings } from '../counting/ranking.ts';
import type { RestaurantId } from '../counting/register-key.ts';
import { isHeldAt, type SeenCount } from '../tables/aggregated-favourites.ts';
import type { TransactionPlan } from './plan.ts';
import type { CancellationReason, CommitStore } from './store.ts';

type Verdict = 'held' | 'misjudged' | 'damaged';

export class FloorGuesses {
  readonly #ranking: RankingSettings;
  readonly #hasFloors: boolean;
  /** The count of each row, as last read or returned, with what this invocation has added since. */
  readonly #counts = new Map<string, number>();

  constructor(ranking: RankingSettings) {
    this.#ranking = ranking;
    this.#hasFloors = hasFloor(ranking);
  }

  /**
   * Reads the counts that no earlier attempt has seen. A count that cannot be read stays unknown, and is
   * guessed to be 0: the batch need not wait for it.
   */
  async learn(
    plans: readonly TransactionPlan[],
    readCounts: CommitStore['readCounts'],
    signal: () => AbortSignal,
  ): Promise<void> {
    if (!this.#hasFloors) return;
    const unknown = plans
      .flatMap(({ counts }) => counts)
      .filter((count) => this.#sided(count).side !== undefined && !this.#counts.has(idOf(count)));
    if (unknown.length === 0 || readCounts === undefined) return;
    const distinct = [...new Map(unknown.map((count) => [idOf(count), count])).values()];
    const read = await readCounts(distinct, { signal: signal() }).catch(() => []);
    read.forEach((count, index) => {
      const row = distinct[index];
      if (row !== undefined && count !== undefined) this.#counts.set(idOf(row), count);
    });
  }

  /** The plan with a side for each row that needs one. */
  sided(plan: TransactionPlan): TransactionPlan {
    if (!this.#hasFloors) return plan;
    return { ...plan, counts: plan.counts.map((count) => this.#sided(count)) };
  }

  /**
   * Why the conditions of count rows failed: an audit holds the restaurant, or its count is on the other side
   * of the floor. A row without a floor has only the first condition. Learns the counts that came back.
   */
  judge(
    counts: TransactionPlan['counts'],
    reasons: readonly CancellationReason[],
    nowMs: number,
  ): Readonly<Record<Verdict, ReadonlySet<RestaurantId>>> {
    const verdicts = {
      held: new Set<RestaurantId>(),
      misjudged: new Set<RestaurantId>(),
      damaged: new Set<RestaurantId>(),
    };
    counts.forEach((count, index) => {
      const reason = reasons[index];
      if (reason?.kind !== 'condition-failed') return;
      verdicts[this.#verdictOn(count, reason.row, nowMs)].add(count.restaurantId);
    });
    return verdicts;
  }

  #verdictOn(count: CountChange, row: SeenCount | undefined, nowMs: number): Verdict {
    if (row === undefined) return 'held';
    if (row.favouriteCount === undefined) return 'damaged';
    const isOtherSide = this.#correct(count, row.favouriteCount);
    // If the side was right, the condition failed because of a hold, which has ended since by this clock.
    return isHeldAt(row, nowMs) || !isOtherSide ? 'held' : 'misjudged';
  }

  /** After a commit, so that later parts of the same restaurant expect what this one has added. */
  added({ counts }: TransactionPlan): void {
    for (const count of counts) {
      const before = this.#counts.get(idOf(count));
      if (before !== undefined) this.#counts.set(idOf(count), before + count.delta);
    }
  }

  /** What a failed condition returned. @returns whether another side is expected now */
  #correct(count: CountChange, favouriteCount: number): boolean {
    this.#counts.set(idOf(count), favouriteCount);
    return this.#sided(count).side !== count.side;
  }

  #sided(count: CountChange): CountChange {
    const floor = floorOf(count.window, this.#ranking);
    if (floor === undefined || count.delta === 0) return count;
    const expected = (this.#counts.get(idOf(count)) ?? 0) + count.delta;
    return { ...count, side: expected >= floor ? 'above' : 'below' };
  }
}

function idOf({ restaurantId, window }: CountChange): string {
  return `${window} ${restaurantId}`;
}
