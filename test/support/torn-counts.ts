/**
 * CountedFavourites and AggregatedFavourites with torn and stale reads as on DynamoDB, which no local engine
 * produces. Other transactions and GetItem see a commit as a whole, but for a while a Query may see only some
 * of its items. An eventually consistent read may return the previous version. Pages are read at different
 * times.
 *
 * After every commit it checks I1 as far as a test's damage allows: a difference between a count and its
 * registers either stays the same or disappears.
 */
import { type TransactionPlan } from '../../src/commit/plan.ts';
import type { CountChange, Register } from '../../src/counting/counted-favourite.ts';
import type { RestaurantId } from '../../src/counting/register-key.ts';
import { favouriteId } from './favourite-changes.ts';
import { rankingKeyOf } from '../../src/counting/ranking.ts';
import type { StreamPosition } from '../../src/counting/stream-position.ts';
import {
  ALL_TIME,
  type CreatedAt,
  expiresAtOf,
  isRetained,
  type TimeWindow,
  type TimeWindowSettings,
  windowsOf,
} from '../../src/counting/time-window.ts';
import { type CancellationReason, type CommitAnswer, type CommitStore } from '../../src/commit/store.ts';
import type { ScannedPage, ScanPosition } from '../../src/tables/dynamodb/scan.ts';
import type { Schedule } from './all-schedules.ts';
import { isMet, storedRegister } from './memory-store.ts';
import { type CountRow, nextRevision, NO_REVISION, type Revision } from '../../src/counting/drift.ts';
import type {
  AuditStore,
  AuditWriteAnswer,
  HoldTerm,
  RestaurantQuery,
} from '../../src/reconcile/audit/store.ts';
import type { CountedRegister } from '../../src/tables/counted-favourites.ts';
import type { GuardRead, RestaurantCorrection } from '../../src/tables/aggregated-favourites-audit.ts';
import { TransactionError } from '../../src/tables/dynamodb/errors.ts';

/** The longest time during which a Query may see only a part of a transaction. */
export const TORN_MS = 900;
/** Ranking shards of one window. */
export const RANKING_SHARDS = 4;
const ROWS_A_PAGE = 2;
const REGISTERS_A_PAGE = 1;

export interface TornCountsOptions {
  readonly timeWindows: TimeWindowSettings;
  readonly schedule: Schedule;
  readonly clock: { nowMs(): number };
  /** The place of an item in a scan. By default a restaurant is in one segment, ordered by id. */
  readonly place?: (
    table: 'registers' | 'rows',
    key: string,
  ) => { readonly segment: number; readonly rank: string };
  /** When true, eventually consistent reads take no time, so that there are fewer schedules. */
  readonly promptHints?: boolean;
  /**
   * I1 holds for windows that are retained in all of these. By default UTC; the first is the one of `commit`.
   */
  readonly timeZones?: readonly string[];
  /** A rule that this store does not enforce, to show that the test finds the violation. */
  readonly leaveOut?: 'guard-step-on-zero' | 'guard-check' | 'hold-check';
}

type StoredRow = Omit<CountRow, 'restaurantId' | 'window'> & { readonly heldUntilMs?: number };

/** The versions of one item that a transaction, a consistent Query and a stale Query see. */
interface Cell<T> {
  truth: T | undefined;
  visible: T | undefined;
  stale: T | undefined;
  /** Until this time a Query may see an older version. */
  tornUntilMs: number | undefined;
}

export class TornCounts implements AuditStore, CommitStore {
  /** Number of corrections, holds and releases that committed. */
  auditWrites = 0;
  /** Number of aggregator transactions that a hold cancelled. */
  heldBack = 0;
  readonly #committedAtMs = new Map<string, number>();
  readonly #registers = new Map<string, Cell<Register>>();
  readonly #rows = new Map<string, Cell<StoredRow>>();
  readonly #options: TornCountsOptions;

  constructor(options: TornCountsOptions) {
    this.#options = options;
  }

  /** Puts a register and counts it, without a torn or stale read of this write. */
  seed(restaurantId: string, userId: string, createdAt: string): void {
    const register = { position: '' as StreamPosition, createdAt: createdAt as CreatedAt };
    this.#registers.set(`${restaurantId}#${userId}`, settled(register));
    for (const window of this.#windowsOf(register.createdAt)) {
      const row = this.#rows.get(`${restaurantId}/${window}`)?.truth;
      this.damage(restaurantId, window, {
        ...this.#derived(restaurantId, window),
        count: (row?.count ?? 0) + 1,
        revision: nextRevision(row?.revision ?? NO_REVISION),
      });
    }
  }

  /** Changes a row directly, without a transaction; undefined deletes it. */
  damage(restaurantId: string, window: string, row: Partial<StoredRow> | undefined): void {
    const key = `${restaurantId}/${window}`;
    const before = this.#rows.get(key)?.truth ?? { ...NO_ROW, ...this.#derived(restaurantId, window) };
    this.#rows.set(key, settled(row && { ...before, ...row }));
  }

  /** Moves to long after the last transaction, when every read sees the latest version. */
  settle(): void {
    for (const [key, { truth }] of this.#rows) this.#rows.set(key, settled(truth));
    for (const [id, { truth }] of this.#registers) this.#registers.set(id, settled(truth));
  }

  register(restaurantId: string, userId: string): Register | undefined {
    return this.#registers.get(`${restaurantId}#${userId}`)?.truth;
  }

  /** `<restaurant>/<window>` of each row. */
  rowIds(): readonly string[] {
    return [...this.#rows].flatMap(([id, { truth }]) => (truth === undefined ? [] : [id]));
  }

  row(restaurantId: string, window: string): StoredRow | undefined {
    return this.#rows.get(`${restaurantId}/${window}`)?.truth;
  }

  /** The difference between each wrong count and the number of its counted registers. */
  errors(timeZones = this.#timeZones): ReadonlyMap<string, number> {
    const errors = new Map<string, number>();
    const add = (key: string, number: number) => errors.set(key, (errors.get(key) ?? 0) + number);
    for (const [key, { truth }] of this.#rows) {
      if (truth !== undefined && this.isRetained(key, timeZones)) add(key, truth.count ?? 0);
    }
    for (const [id, { truth }] of this.#registers) {
      if (truth?.createdAt === undefined) continue;
      for (const window of this.#windowsOf(truth.createdAt)) {
        const key = `${id.slice(0, id.indexOf('#'))}/${window}`;
        if (this.isRetained(key, timeZones)) add(key, -1);
      }
    }
    return new Map([...errors].filter(([, error]) => error !== 0));
  }

  /** Commits like functions whose windows are in that time zone. */
  inZone(timeZone: string): CommitStore {
    return { commit: (plan, options) => this.#commit(plan, { ...options, timeZone }) };
  }

  commit(plan: TransactionPlan, { nowMs }: { readonly nowMs: number }): Promise<CommitAnswer> {
    return this.#commit(plan, { nowMs, timeZone: this.#timeZones[0] ?? 'UTC' });
  }

  async #commit(
    plan: TransactionPlan,
    { nowMs, timeZone }: { readonly nowMs: number; readonly timeZone: string },
  ): Promise<CommitAnswer> {
    await this.#options.schedule.pause();
    this.#publishDue();
    const registers = plan.changes.map(({ key }) => cellOf(this.#registers, favouriteId(key)));
    const rows = plan.counts.map(({ restaurantId, window }) =>
      cellOf(this.#rows, `${restaurantId}/${window}`),
    );
    const reasons = [
      ...plan.changes.map((change, index): CancellationReason => {
        const cell = registers[index];
        if (cell?.tornUntilMs !== undefined) return { kind: 'conflict' };
        return isMet(change, cell?.truth)
          ? { kind: 'none' }
          : { kind: 'condition-failed', was: storedRegister(cell?.truth) };
      }),
      ...plan.counts.map(({ window }, index): CancellationReason => {
        const cell = rows[index];
        if (cell?.tornUntilMs !== undefined) return { kind: 'conflict' };
        return window === ALL_TIME && this.#isHeld(cell?.truth, nowMs)
          ? { kind: 'condition-failed', was: undefined }
          : { kind: 'none' };
      }),
    ];
    if (reasons.slice(registers.length).some(({ kind }) => kind === 'condition-failed')) this.heldBack += 1;
    if (reasons.some(({ kind }) => kind !== 'none')) {
      return { kind: 'cancelled', reasons, error: new TransactionError(new Error('cancelled')) };
    }
    this.#checked(() => {
      plan.changes.forEach(({ next }, index) => this.#write(registers[index], next));
      plan.counts.forEach((count, index) => {
        this.#write(rows[index], this.#added(count, rows[index]?.truth, timeZone));
      });
    });
    for (const { key } of plan.changes)
      this.#committedAtMs.set(key.restaurantId, this.#options.clock.nowMs());
    return { kind: 'committed', writeUnits: 1 };
  }

  /** When the aggregator last changed a register of the restaurant. */
  committedAtMs(restaurantId: string): number {
    return this.#committedAtMs.get(restaurantId) ?? Number.NEGATIVE_INFINITY;
  }

  async scanRegisters(position: ScanPosition): Promise<ScannedPage<CountedRegister>> {
    return this.#page('registers', REGISTERS_A_PAGE, { ...position, consistent: false });
  }

  async scanCountRows(position: ScanPosition): Promise<ScannedPage<CountRow>> {
    return this.#page('rows', ROWS_A_PAGE, { ...position, consistent: false });
  }

  async queryRegisters(
    restaurantId: RestaurantId,
    options: RestaurantQuery,
  ): Promise<ScannedPage<CountedRegister>> {
    return this.#page('registers', REGISTERS_A_PAGE, { ...options, restaurantId });
  }

  async queryCountRows(restaurantId: RestaurantId, options: RestaurantQuery): Promise<ScannedPage<CountRow>> {
    return this.#page('rows', ROWS_A_PAGE, { ...options, restaurantId });
  }

  async readGuard(restaurantId: RestaurantId): Promise<GuardRead> {
    await this.#options.schedule.pause();
    return { revision: this.row(restaurantId, ALL_TIME)?.revision ?? NO_REVISION, readUnits: 1 };
  }

  async correct({ restaurantId, guard, rows }: RestaurantCorrection): Promise<AuditWriteAnswer> {
    if (rows.length > 99) throw new Error(`${rows.length} rows and a guard do not fit into one transaction`);
    const own = rows.map(({ window }) => window);
    const named = this.#options.leaveOut === 'guard-check' ? own : [ALL_TIME, ...own];
    return this.#audit(named, restaurantId, () => {
      const holdsStill =
        this.#options.leaveOut === 'guard-check' || this.#revisionOf(restaurantId, ALL_TIME) === guard;
      if (!holdsStill || rows.some(({ window, was }) => this.#revisionOf(restaurantId, window) !== was)) {
        return false;
      }
      for (const { window, was, ...due } of rows) {
        const cell = cellOf(this.#rows, `${restaurantId}/${window}`);
        this.#write(cell, { ...cell.truth, ...due, revision: nextRevision(was) });
      }
      return true;
    });
  }

  async hold(restaurantId: RestaurantId, { untilMs, nowMs }: HoldTerm): Promise<AuditWriteAnswer> {
    return this.#audit([ALL_TIME], restaurantId, () => {
      const cell = cellOf(this.#rows, `${restaurantId}/${ALL_TIME}`);
      if (cell.truth === undefined || this.#isHeld(cell.truth, nowMs)) return false;
      this.#write(cell, {
        ...cell.truth,
        heldUntilMs: untilMs,
        revision: nextRevision(cell.truth.revision),
      });
      return true;
    });
  }

  async release(
    restaurantId: RestaurantId,
    { untilMs }: { readonly untilMs: number },
  ): Promise<AuditWriteAnswer> {
    return this.#audit([ALL_TIME], restaurantId, () => {
      const cell = cellOf(this.#rows, `${restaurantId}/${ALL_TIME}`);
      if (cell.truth?.heldUntilMs !== untilMs) return false;
      const { heldUntilMs: _, ...free } = cell.truth;
      this.#write(cell, { ...free, revision: nextRevision(free.revision) });
      return true;
    });
  }

  async #audit(
    windows: readonly TimeWindow[],
    restaurantId: RestaurantId,
    write: () => boolean,
  ): Promise<AuditWriteAnswer> {
    await this.#options.schedule.pause();
    this.#publishDue();
    const isBusy = windows.some(
      (window) => this.#rows.get(`${restaurantId}/${window}`)?.tornUntilMs !== undefined,
    );
    if (isBusy || !this.#checked(write)) return { kind: 'overtaken' };
    this.auditWrites += 1;
    return { kind: 'committed', writeUnits: 1 };
  }

  async #page<T extends CountRow | CountedRegister>(
    table: 'registers' | 'rows',
    size: number,
    options: Partial<ScanPosition> & { readonly consistent: boolean; readonly restaurantId?: RestaurantId },
  ): Promise<ScannedPage<T>> {
    if (options.consistent || this.#options.promptHints !== true) await this.#options.schedule.pause();
    this.#publishDue();
    const all = [...(table === 'rows' ? this.#rows.keys() : this.#registers.keys())]
      .filter(
        (key) =>
          options.restaurantId === undefined || key.startsWith(`${options.restaurantId}${SEPARATOR[table]}`),
      )
      .map((key) => ({ key, ...(this.#options.place?.(table, key) ?? { segment: 0, rank: '' }) }))
      .filter(({ segment }) => options.restaurantId !== undefined || segment === options.segment)
      .map(({ key, rank }) => ({ key, rank: options.restaurantId === undefined ? `${rank} ${key}` : key }))
      .filter(({ rank }) => options.after === undefined || rank > options.after)
      .toSorted((a, b) => (a.rank < b.rank ? -1 : 1));
    const some = all.slice(0, size);
    const items = some.flatMap(({ key }) => this.#itemOf(table, key, options.consistent));
    return {
      items: items as unknown as readonly T[],
      next: all.length > size ? some.at(-1)?.rank : undefined,
      readUnits: 1,
    };
  }

  #itemOf(
    table: 'registers' | 'rows',
    key: string,
    consistent: boolean,
  ): readonly (CountRow | CountedRegister)[] {
    const [restaurantId, sort] = key.split(SEPARATOR[table]) as [RestaurantId, string];
    if (table === 'rows') {
      const row = this.#seen(this.#rows.get(key), consistent);
      return row === undefined ? [] : [{ ...row, restaurantId, window: sort as TimeWindow }];
    }
    const register = this.#seen(this.#registers.get(key), consistent);
    return register === undefined ? [] : [{ restaurantId, createdAt: register.createdAt }];
  }

  #seen<T>(cell: Cell<T> | undefined, consistent: boolean): T | undefined {
    if (cell === undefined) return undefined;
    const isOld = !consistent && cell.stale !== cell.visible && this.#options.schedule.choose(2) === 1;
    return isOld ? cell.stale : cell.visible;
  }

  /** Transactions see the value at once. A Query sees it when the schedule says so, or after TORN_MS. */
  #write<T>(cell: Cell<T> | undefined, value: T): void {
    if (cell === undefined) return;
    cell.truth = value;
    cell.tornUntilMs = this.#options.clock.nowMs() + TORN_MS;
    void this.#options.schedule.pause().then(() => {
      if (cell.truth === value) publish(cell);
    });
  }

  #publishDue(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const cell of this.#rows.values()) publishIfDue(cell, nowMs);
    for (const cell of this.#registers.values()) publishIfDue(cell, nowMs);
  }

  #checked<T>(write: () => T): T {
    const before = this.errors();
    const result = write();
    for (const [key, error] of this.errors()) {
      if (error !== before.get(key)) {
        throw new Error(`I1 broken: ${key} differed by ${before.get(key) ?? 0} and now differs by ${error}`);
      }
    }
    return result;
  }

  #added(
    { restaurantId, window, delta }: CountChange,
    row: StoredRow = NO_ROW,
    timeZone?: string,
  ): StoredRow {
    const isStep = delta !== 0 || this.#options.leaveOut !== 'guard-step-on-zero';
    return {
      ...row,
      ...this.#derived(restaurantId, window, timeZone),
      count: (row.count ?? 0) + delta,
      revision: isStep ? nextRevision(row.revision) : row.revision,
    };
  }

  #isHeld(row: StoredRow | undefined, nowMs: number): boolean {
    return this.#options.leaveOut !== 'hold-check' && (row?.heldUntilMs ?? 0) > nowMs;
  }

  #revisionOf(restaurantId: string, window: TimeWindow): Revision {
    return this.row(restaurantId, window)?.revision ?? NO_REVISION;
  }

  #derived(restaurantId: string, window: string, timeZone = this.#timeZones[0] ?? 'UTC') {
    return {
      rankingKey: rankingKeyOf(restaurantId as RestaurantId, window as TimeWindow, RANKING_SHARDS),
      expiresAt: expiresAtOf(window as TimeWindow, { ...this.#options, timeZone }),
    };
  }

  /** Those that are retained in any of the time zones. */
  #windowsOf(createdAt: CreatedAt): readonly TimeWindow[] {
    const { timeWindows, clock } = this.#options;
    const nowMs = clock.nowMs();
    const windows = this.#timeZones.flatMap((timeZone) =>
      windowsOf(createdAt, { timeWindows, timeZone, nowMs }),
    );
    return [...new Set(windows)];
  }

  /** @param key `<restaurant>/<window>` */
  isRetained(key: string, timeZones: readonly string[]): boolean {
    const window = key.slice(key.indexOf('/') + 1) as TimeWindow;
    const { timeWindows, clock } = this.#options;
    const nowMs = clock.nowMs();
    return timeZones.every((timeZone) => isRetained(window, { timeWindows, timeZone, nowMs }));
  }

  get #timeZones(): readonly string[] {
    return this.#options.timeZones ?? ['UTC'];
  }
}

const SEPARATOR = { registers: '#', rows: '/' } as const;

const NO_ROW: StoredRow = {
  count: 0,
  rankingKey: undefined,
  expiresAt: undefined,
  revision: NO_REVISION,
};

function cellOf<T>(cells: Map<string, Cell<T>>, key: string): Cell<T> {
  let cell = cells.get(key);
  if (cell === undefined) {
    cell = settled<T>(undefined);
    cells.set(key, cell);
  }
  return cell;
}

function settled<T>(value: T | undefined): Cell<T> {
  return { truth: value, visible: value, stale: value, tornUntilMs: undefined };
}

function publish<T>(cell: Cell<T>): void {
  cell.stale = cell.visible;
  cell.visible = cell.truth;
  cell.tornUntilMs = undefined;
}

function publishIfDue<T>(cell: Cell<T>, nowMs: number): void {
  if (cell.tornUntilMs !== undefined && cell.tornUntilMs <= nowMs) publish(cell);
}
