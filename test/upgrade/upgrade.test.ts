/**
 * New code over what each release left: its stateful resources keep their identity, and its tables go on
 * counting exactly (I1, I3), with nothing to repair.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LocalRun, startLocalRun } from '../../infra/local/local-run.ts';
import { readCounts, readFavourites, readRegisters } from '../../infra/local/replay/read-tables.ts';
import { findDrift } from '../support/plain-recount.ts';
import { writeEvents } from '../support/write-events.ts';
import {
  baselineSettings,
  baselineVersions,
  laterEvents,
  readBaseline,
  restoreTables,
  tablesOf,
} from './baseline.ts';
import { statefulResources } from './stateful-resources.ts';

const now = statefulResources();

describe.each(baselineVersions)('an upgrade from %s', (version) => {
  const baseline = readBaseline(version);
  let run: LocalRun;
  beforeAll(async () => {
    run = await startLocalRun({ settings: baselineSettings(), seed: 1, isPipeOff: true });
    await restoreTables(run, baseline.tables);
    await run.startPipe();
  });
  afterAll(() => run.stop());

  it.each(Object.entries(baseline.resources))(
    'keeps the logical id, the key and the stream of every stateful resource of %s',
    (deployment, resources) => {
      // A new resource is no loss; a changed or missing one is.
      const same = Object.entries(now[deployment] ?? {}).filter(([id]) => id in resources);
      expect(Object.fromEntries(same)).toEqual(resources);
    },
  );

  it('finds nothing to repair in the tables, and writes nothing', async () => {
    const outcome = await run.reconcile({ mode: 'repair', graceMs: 0 });
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      report: { registersFound: 0, countsFound: 0, writeUnits: 0 },
    });
    expect(await tablesOf(run)).toMatchObject({ countedFavourites: baseline.tables.countedFavourites });
  });

  it('goes on counting the same favourites exactly', async () => {
    await writeEvents(run, laterEvents);
    await run.pipe.drain();
    const before = new Set(baseline.tables.aggregatedFavourites.map((item) => JSON.stringify(item)));
    const after = (await tablesOf(run)).aggregatedFavourites;
    expect(after.filter((item) => !before.has(JSON.stringify(item))).length).toBeGreaterThan(0);
    const drift = await findDrift({
      favourites: readFavourites(run),
      registers: readRegisters(run),
      counts: readCounts(run),
      calendar: { ...run.settings, nowMs: Date.now() },
    });
    expect(drift).toEqual([]);
    expect(await run.reconcile({ mode: 'verify', graceMs: 0 })).toMatchObject({ kind: 'succeeded' });
  });
});

describe('the baselines', () => {
  it('include one', () => {
    expect(baselineVersions.length).toBeGreaterThan(0);
  });
});
