/**
 * DynamoDB in memory: conditions, all-or-nothing transactions, conflicts between overlapping transactions,
 * and the faults that a test injects. After every commit it checks I1: each count row equals the number of
 * its restaurant's counted registers in its window.
 */
import { ACTIONS_MAX, actionsOf, type TransactionPlan } from '../../src/commit/plan.ts';
import {
  type FavouriteChange,
  type Register,
  type StoredRegister,
} from '../../src/counting/counted-favourite.ts';
import { type TimeWindowSettings, windowsOf } from '../../src/counting/time-window.ts';
import { type CancellationReason, type CommitAnswer, type CommitStore } from '../../src/commit/store.ts';
import { TransactionError } from '../../src/tables/dynamodb/errors.ts';
import { favouriteId, registerKeyOf } from './favourite-changes.ts';

/** The fault of one transaction. `lost-answer` commits, but the caller gets no response. */
export type InjectedFault =
  | 'none'
  | 'lost-answer'
  | 'lost-request'
  | 'conflict'
  | 'throttle'
  | 'throttled-actions';

export interface MemoryStoreOptions {
  readonly timeWindows: TimeWindowSettings;
  /** Awaited while the transaction is in flight, so that other transactions can overlap it. */
  readonly latency?: () => Promise<unknown>;
  readonly fault?: (plan: TransactionPlan) => InjectedFault;
  /** Chooses the action that an injected conflict cancels. */
  readonly pick?: (actions: number) => number;
  /** In which windows a register must be counted; by default those of its text. */
  readonly windowsOf?: typeof windowsOf;
}

export interface CountRow {
  readonly count: number;
  readonly revision: number;
}

export class MemoryStore implements CommitStore {
  /** By {@link favouriteId}. */
  readonly registers = new Map<string, Register>();
  /** Count rows by `<restaurant>/<window>`. */
  readonly rows = new Map<string, CountRow>();
  readonly committed: TransactionPlan[] = [];
  sent = 0;
  readonly #options: MemoryStoreOptions;
  readonly #underWay = new Set<string>();
  /** The difference that a test caused between each row and its registers. No commit may change it. */
  #damage: ReadonlyMap<string, number> = new Map();

  constructor(options: MemoryStoreOptions) {
    this.#options = options;
  }

  async commit(plan: TransactionPlan, { nowMs }: { readonly nowMs: number }): Promise<CommitAnswer> {
    this.sent += 1;
    const items = itemsOf(plan);
    assertTransaction(plan, items);
    const fault = this.#options.fault?.(plan) ?? 'none';
    if (fault === 'lost-request' || fault === 'throttle') return transient();
    const busy = items.map((item) => this.#underWay.has(item));
    const own = items.filter((_, index) => !busy[index]);
    for (const item of own) this.#underWay.add(item);
    try {
      await this.#options.latency?.();
      const reasons = this.#reasons(plan, { busy, fault });
      if (reasons.some(({ kind }) => kind !== 'none')) return cancelled(reasons);
      this.#apply(plan);
      this.assertSum(nowMs);
    } finally {
      for (const item of own) this.#underWay.delete(item);
    }
    return fault === 'lost-answer' ? transient() : { kind: 'committed', writeUnits: actionsOf(plan) * 2 };
  }

  /** Checks I1. @throws naming the first row that differs from the number of its counted registers. */
  assertSum(nowMs: number): void {
    const expected = this.recount(nowMs);
    for (const key of new Set([...expected.keys(), ...this.rows.keys()])) {
      const is = this.rows.get(key)?.count ?? 0;
      const shouldBe = (expected.get(key) ?? 0) + (this.#damage.get(key) ?? 0);
      if (is !== shouldBe)
        throw new Error(`I1 broken: ${key} is ${is}, but its registers add up to ${shouldBe}`);
    }
  }

  /** Accepts the present differences, which a test caused. Later checks of I1 allow exactly them. */
  acceptDamage(nowMs: number): void {
    const expected = this.recount(nowMs);
    const keys = new Set([...expected.keys(), ...this.rows.keys()]);
    this.#damage = new Map(
      [...keys].map((key) => [key, (this.rows.get(key)?.count ?? 0) - (expected.get(key) ?? 0)]),
    );
  }

  recount(nowMs: number): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const [id, { createdAt }] of this.registers) {
      if (createdAt === undefined) continue;
      const calendar = { timeWindows: this.#options.timeWindows, timeZone: 'UTC', nowMs };
      for (const window of (this.#options.windowsOf ?? windowsOf)(createdAt, calendar)) {
        const key = `${registerKeyOf(id).restaurantId}/${window}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    return counts;
  }

  /** Each count by `<restaurant>/<window>`, except counts of zero. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      [...this.rows].filter(([, { count }]) => count !== 0).map(([key, { count }]) => [key, count]),
    );
  }

  #reasons(
    plan: TransactionPlan,
    { busy, fault }: { readonly busy: readonly boolean[]; readonly fault: InjectedFault },
  ): CancellationReason[] {
    const picked = this.#options.pick?.(actionsOf(plan)) ?? 0;
    return itemsOf(plan).map((_, index): CancellationReason => {
      if (busy[index] || (fault === 'conflict' && index === picked)) return { kind: 'conflict' };
      if (fault === 'throttled-actions' && index === picked) return { kind: 'throttled' };
      const change = plan.changes[index];
      if (change === undefined) return { kind: 'none' };
      const register = this.registers.get(favouriteId(change.key));
      return isMet(change, register)
        ? { kind: 'none' }
        : { kind: 'condition-failed', was: storedRegister(register) };
    });
  }

  #apply(plan: TransactionPlan): void {
    this.committed.push(plan);
    let moved = new Set<string>();
    for (const { key, next } of plan.changes) {
      const id = favouriteId(key);
      if (this.registers.get(id)?.createdAt !== next.createdAt) moved = moved.add(key.restaurantId);
      this.registers.set(id, next);
    }
    for (const { restaurantId, window, delta } of plan.counts) {
      const row = this.rows.get(`${restaurantId}/${window}`) ?? { count: 0, revision: 0 };
      this.rows.set(`${restaurantId}/${window}`, { count: row.count + delta, revision: row.revision + 1 });
    }
    for (const restaurantId of moved) {
      const stepped = plan.counts.some(
        (count) => count.restaurantId === restaurantId && count.window === 'ALL_TIME',
      );
      if (!stepped)
        throw new Error(`registers of ${restaurantId} changed, but the revision of its ALL_TIME row did not`);
    }
  }
}

/** Whether the condition of a register's Put holds. */
export function isMet({ requires }: FavouriteChange, register: Register | undefined): boolean {
  if (requires.kind === 'exactly') return isSameRegister(requires.register, storedRegister(register));
  const isOlder = register === undefined || register.position < requires.event.position;
  return isOlder && register?.createdAt === requires.counting;
}

export function isSameRegister(a: StoredRegister | undefined, b: StoredRegister | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.position === b.position && a.createdAt === b.createdAt && a.expires === b.expires;
}

/** The register as src/tables reads it: an empty position reads as undefined. */
export function storedRegister(register: Register | undefined): StoredRegister | undefined {
  if (register === undefined) return undefined;
  const { position, createdAt } = register;
  return { position: position === '' ? undefined : position, createdAt, expires: createdAt === undefined };
}

function itemsOf(plan: TransactionPlan): readonly string[] {
  return [
    ...plan.changes.map(({ key }) => `register ${favouriteId(key)}`),
    ...plan.counts.map(({ restaurantId, window }) => `count ${restaurantId}/${window}`),
  ];
}

function assertTransaction(plan: TransactionPlan, items: readonly string[]): void {
  if (items.length === 0) throw new Error('the transaction has no actions');
  if (items.length > ACTIONS_MAX)
    throw new Error(`the transaction has ${items.length} actions, but the limit is ${ACTIONS_MAX}`);
  if (new Set(items).size !== items.length) throw new Error('the transaction has two actions on one item');
  if (plan.counts.some(({ delta, window }) => delta === 0 && window !== 'ALL_TIME')) {
    throw new Error('the transaction writes a count row without changing it');
  }
}

function cancelled(reasons: readonly CancellationReason[]): CommitAnswer {
  return { kind: 'cancelled', reasons, error: new TransactionError(new Error('cancelled')) };
}

function transient(): CommitAnswer {
  return { kind: 'transient', error: new TransactionError(new Error('no answer')) };
}
