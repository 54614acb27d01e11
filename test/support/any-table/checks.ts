/**
 * The checks at the end of a run: I2 or I3 for the registers, I5 for the dead letters, and that a repair ends
 * every difference and writes nothing the second time.
 */
import { stillClock } from '../run-batches.ts';
import { deliverAll } from './deliver.ts';
import { expectedRegisters } from './oracle.ts';
import { redriveAll, whyItMustStay } from './redrive.ts';
import { healAll, quietly } from './run.ts';
import type { Running, World } from './world.ts';

/** What the register of a rejected row holds: `kept` is what was last counted. */
export type OfRejectedRow = 'kept' | 'nothing' | 'either';

/** Checks the end of a run, then repairs, and checks again. */
export async function assertEnd(running: Running): Promise<void> {
  assertHandled(running);
  await assertRepaired(running);
}

/** Checks the registers and dead letters after the deliveries, and after the heals beside them. */
export function assertHandled(running: Running): void {
  const { heals = 0, redrives = 0, deliveries = [], late = [], givenUp = [] } = running.world;
  const handled = new Set([...handledBy(running), ...(redrives > 0 ? givenUp : [])]);
  const isAnyLost = [...running.records.keys()].some((index) => !handled.has(index));
  // A heal corrects the effect of a lost record, unless an older record arrives after the heal.
  const isLossHealed = heals > 0 && [...deliveries, ...late].length === 0;
  if (!isAnyLost || isLossHealed) assertRegisters(running, heals > 0 ? 'either' : 'kept');
  // An older aggregator may have rejected other rows.
  if (running.world.sourceBefore === undefined) assertLetters(running);
}

/** @throws naming the first register that differs from what the writes say. */
export function assertRegisters({ world, tables }: Running, ofRejectedRow: OfRejectedRow): void {
  const { registers } = tables.store;
  const expected = expectedRegisters(world.shape, world.writes);
  for (const id of new Set([...expected.keys(), ...registers.keys()])) {
    const { since, isRejected } = expected.get(id) ?? { since: undefined, isRejected: false };
    const ofRejected = { kept: [since], nothing: [undefined], either: [since, undefined] }[ofRejectedRow];
    const counted = registers.get(id)?.createdAt;
    if ((isRejected ? ofRejected : [since]).includes(counted)) continue;
    const promise = ofRejectedRow === 'kept' ? 'I2' : 'I3';
    throw new Error(`${promise} broken: ${id} counts ${counted}, but the writes say ${since}`);
  }
  tables.store.assertSum(stillClock.nowMs());
}

/** @throws unless each rejected row has its dead letter, and no other record has one. */
function assertLetters(running: Running): void {
  const { world, letters, deleted } = running;
  const { redrives = 0, givenUp = [] } = world;
  for (const index of new Set([...handledBy(running), ...letters.keys()])) {
    const isRejected = world.writes[index]?.content?.verdict === 'rejected';
    const isKept = letters.has(index);
    if (isRejected && !isKept && !deleted.has(index)) {
      throw new Error(`I5 broken: record ${index} was rejected, but has no dead letter`);
    }
    const isDue =
      redrives > 0 ? whyItMustStay(index, running) !== undefined : isRejected || givenUp.includes(index);
    if (isKept && !isDue) throw new Error(`I5 broken: the dead letter ${index} stays without need`);
  }
}

/**
 * Repairs, when nothing is under way any more. A second repair, dead letters and redelivered records then
 * change nothing.
 */
export async function assertRepaired(running: Running): Promise<void> {
  const { tables, world } = running;
  tables.forgetVersions();
  await healAll(running);
  assertRegisters(running, 'nothing');
  const again = await healAll(running);
  if (again.healCommits > 0) throw new Error('I4 broken: a repair of correct tables wrote something');
  await redriveAll(quietly(running));
  // The record by which a rejected row was last counted may be one that was given up.
  const ofRejectedRow = (world.givenUp ?? []).length === 0 ? 'nothing' : 'either';
  assertRegisters(running, ofRejectedRow);
  if (world.sourceBefore !== undefined) return;
  await deliverAll([...handledBy(running)], quietly(running));
  assertRegisters(running, ofRejectedRow);
}

/** The indexes of the records that were delivered. */
function handledBy({ world, records }: Running): ReadonlySet<number> {
  const { arrived = [], deliveries = [], late = [] }: World = world;
  return new Set([...arrived, ...deliveries, ...late].flat().filter((index) => records.has(index)));
}
