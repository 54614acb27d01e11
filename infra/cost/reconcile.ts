/** What the reconcile uses in a month: a repair each week, and a redrive each quarter of an hour. */
import { itemBytes } from './items.ts';
import type { Load } from './load.ts';
import { assumed } from './measured.ts';
import { DAYS_A_MONTH, prices } from './prices.ts';

/** Of one read unit, eventually consistent. Only a whole page is rounded up, so nearly nothing is lost. */
export const READ_UNIT_BYTES_EVENTUAL = 8_192;
const REPAIRS_A_MONTH = DAYS_A_MONTH / 7;
const REDRIVES_A_MONTH = DAYS_A_MONTH * 24 * 4;
/** Once for the sums, and once to look up what differs: traffic always makes some cells differ. */
const SCANS_OF_BOTH_TABLES = 2;

export const reconcileSteps = {
  /** States that a run of redrive enters if there is no dead letter. */
  redrive: [
    ...['Begin', 'Does the lag matter?', 'Plan', 'Planned?', 'Begin redrive', 'Redrive', 'Redriven?'],
    ...['Leave out heal and audit', 'Report', 'Reconciled'],
  ],
  /** Functions that such a run invokes. */
  redriveFunctions: 3,
  /** States of a repair outside its maps, and of one step of a segment in a map. */
  repair: 30,
  segmentStep: 4,
  /** Maps of a repair: sums, verify, mend, audit. */
  maps: 4,
} as const;

/** The default of reconcile.segmentsMax, and half of that of reconcile.timeoutSeconds: a step ends early. */
const SEGMENTS = 20;
const STEP_SECONDS = 150;
const RECONCILE_GB = 0.5;

export interface ReconcileUsage {
  readonly readUnits: number;
  readonly invocations: number;
  readonly gbSeconds: number;
  readonly transitions: number;
  readonly scheduled: number;
  readonly queueRequests: number;
}

/** @param countRows the rows in AggregatedFavourites */
export function reconcileUsage(
  { favouritesStored, favouritesPerDay, unmarkShare }: Load,
  countRows: number,
): ReconcileUsage {
  const tombstones = favouritesPerDay * unmarkShare * DAYS_A_MONTH;
  const registers = favouritesStored * itemBytes.register + tombstones * itemBytes.tombstone;
  const favourites = favouritesStored * itemBytes.favourite;
  const heal = (favourites + registers) * SCANS_OF_BOTH_TABLES;
  const audit = registers + countRows * itemBytes.countRow;
  const seconds = favouritesStored / assumed.verifiedASecond;
  const steps = Math.max(1, Math.ceil(seconds / STEP_SECONDS));
  const segments = Math.max(1, Math.min(SEGMENTS, steps));
  const perRepair =
    reconcileSteps.repair + reconcileSteps.segmentStep * reconcileSteps.maps * Math.max(segments, steps);
  const redriveFunctions = REDRIVES_A_MONTH * reconcileSteps.redriveFunctions;
  return {
    readUnits: ((heal + audit) / READ_UNIT_BYTES_EVENTUAL) * REPAIRS_A_MONTH,
    invocations: redriveFunctions + REPAIRS_A_MONTH * reconcileSteps.maps * Math.max(segments, steps),
    gbSeconds:
      (redriveFunctions * assumed.idleFunctionMs * RECONCILE_GB) / 1_000 +
      REPAIRS_A_MONTH * seconds * RECONCILE_GB,
    transitions: REDRIVES_A_MONTH * reconcileSteps.redrive.length + REPAIRS_A_MONTH * perRepair,
    scheduled: REDRIVES_A_MONTH + REPAIRS_A_MONTH,
    queueRequests: REDRIVES_A_MONTH,
  };
}

export function reconcileDollars(usage: ReconcileUsage): number {
  return (
    usage.readUnits * prices.readUnit.dollars +
    usage.invocations * prices.lambdaRequest.dollars +
    usage.gbSeconds * prices.lambdaGbSecond.dollars +
    usage.transitions * prices.stateTransition.dollars +
    usage.scheduled * prices.scheduledInvocation.dollars +
    usage.queueRequests * prices.queueRequest.dollars
  );
}
