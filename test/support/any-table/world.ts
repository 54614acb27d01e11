/** The parts of a simulation of a table of any shape: a world, the rules that run in it, and its state. */
import type { TransactionPlan } from '../../../src/commit/plan.ts';
import type { Mapping } from '../../../src/counting/mapping.ts';
import type { Source } from '../../../src/counting/source/source.ts';
import type { HealReads } from '../../../src/reconcile/heal/reads.ts';
import type { redriveLetter } from '../../../src/reconcile/redrive/letter.ts';
import type { HostileSource } from '../hostile-source.ts';
import type { InjectedFault, MemoryStore } from '../memory-store.ts';
import type { Bench } from '../run-batches.ts';
import type { AnyTableRecord } from '../stream-records.ts';
import type { Write } from './oracle.ts';
import type { Shape } from './shapes.ts';

/** Batches of records, by the indexes of their writes. */
export type Batches = readonly (readonly number[])[];

export interface World {
  readonly shape: Shape;
  readonly writes: readonly Write[];
  /** The writes from this index on are made during the run, the others before it; by default all. */
  readonly liveFrom?: number;
  /** Handled before the run. */
  readonly arrived?: Batches;
  /** Under way during the run. The grace period of heal outlasts them. */
  readonly deliveries?: Batches;
  /** Delivered at any time during the run. */
  readonly late?: Batches;
  /** Records that the pipe has given up on; when the run begins they are dead letters. */
  readonly givenUp?: readonly number[];
  /** Records that are dead letters as if they came from another table, whose stream is newer. */
  readonly foreign?: readonly number[];
  /** Runs of heal beside the deliveries. */
  readonly heals?: number;
  /** Runs of redrive beside the deliveries. Afterwards redrive runs until nothing more can be done. */
  readonly redrives?: number;
  /** How many transactions of each batch may commit without one of their restaurants. */
  readonly halfCommits?: number;
  /** How many dead letters of each batch the queue may refuse. */
  readonly failedLetters?: number;
  /** How many looks at each dead letter may fail, after it was applied. */
  readonly failedLooks?: number;
  /** Faults of the store, in order. */
  readonly faults?: readonly InjectedFault[];
  /** The settings of an older aggregator, which may handle any delivery before the run. */
  readonly sourceBefore?: Source;
  /** The same for an older time zone; by default none changes, and all windows are in UTC. */
  readonly zoneChange?: ZoneChange;
  /** Whether the older aggregator may handle deliveries during the run too. */
  readonly isOldAlive?: boolean;
}

/** How the older aggregator reads dates, and how everything else reads them. */
export interface ZoneChange {
  readonly before: Mapping;
  readonly after: Mapping;
}

/** The code under test. A mutant replaces a part of it. */
export interface Rules {
  readonly mapping: Mapping;
  /** Delivers once. @returns the records that failed. */
  readonly aggregate: (batch: readonly unknown[], bench: Bench) => Promise<readonly unknown[]>;
  readonly healReads: (reads: HealReads) => HealReads;
  readonly redrive: typeof redriveLetter;
  /** Changes a transaction just before its commit. */
  readonly rewrite: (plan: TransactionPlan, store: MemoryStore) => TransactionPlan;
}
export type Mutant = (rules: Rules) => Partial<Rules>;

/** A world and its state. */
export interface Running {
  readonly world: World;
  readonly rules: Rules;
  readonly tables: HostileSource;
  readonly isOldAlive: boolean;
  /** The writes that were made so far. */
  readonly made: Write[];
  /** By the index of the write; a write that changes nothing makes no record. */
  readonly records: Map<number, AnyTableRecord>;
  /** The bodies of the dead letters in the queue, by the index of the write. */
  readonly letters: Map<number, string>;
  /** The dead letters that redrive has deleted. */
  readonly deleted: Set<number>;
  /** Copies of records that seem to come from another table, as dead letters. */
  readonly foreignLetters: string[];
}
