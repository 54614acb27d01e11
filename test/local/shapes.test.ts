/** Counts ten shapes on the real engine, with faults, against independent answers (I2, I3, I4). */
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultNames, parseFaultSpec } from '../../infra/local/emulator/faults/fault-plan.ts';
import { type LocalRun, startLocalRun } from '../../infra/local/local-run.ts';
import { damageTables } from '../../infra/local/replay/damage.ts';
import { recount } from '../../infra/local/replay/drift.ts';
import { countsCsv } from '../../infra/local/replay/counts-csv.ts';
import { playFile } from '../../infra/local/replay/play-file.ts';
import { loadReplayFile } from '../../infra/local/replay/files/replay-file.ts';
import { replaySettings } from '../../infra/local/replay/replay-settings.ts';
import type { Source } from '../../src/counting/source/source.ts';
import { answersOf, shapeNames } from '../shapes/answers.ts';

/** The shapes whose registers or rows are named in different ways. */
const seeded = ['1', '2', '2-attribute', '3', '4', '5', '6', '7', '7-attributes', '8', '8-none', '9', '10'];
/** All faults after which the counts are exact without a repair. */
const faults = 'duplicate=0.3,lost-answer=0.1,throttle=0.1,conflict=0.1,crash=0.05,reorder=0.3,poison=0.02';
/** Small, so that a trace is delivered in many batches. */
const BATCH_SIZE = 30;
const SEED = 1;
/** Longer than the pipe lags while several shapes share the machine. */
const GRACE_MS = 2_000;
const folder = join(import.meta.dirname, '../shapes');

/** @param backfill the share of the trace to write before the pipe starts, and to seed */
async function playShape(name: string, { backfill }: { readonly backfill?: number } = {}): Promise<LocalRun> {
  const source = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Source;
  using file = await loadReplayFile({ paths: [join(folder, `${name}.jsonl`)], source });
  const settings = replaySettings({ source, batchSize: BATCH_SIZE });
  const isPipeOff = backfill !== undefined;
  const run = await startLocalRun({ settings, seed: SEED, faults: parseFaultSpec(faults), isPipeOff });
  const { signal } = new AbortController();
  const steps = { reconcile: 'never', backfill, damage: undefined } as const;
  const watched = { onPhase: () => {}, onWritten: () => {}, signal };
  await playFile({ run, file, seed: SEED, graceMs: GRACE_MS, ...steps, ...watched });
  return run;
}

async function countsOf(run: LocalRun): Promise<string> {
  using recounted = await recount(run);
  expect([...recounted.drift()]).toEqual([]);
  return [...countsCsv(recounted.counts())].join('');
}

describe('the traces of the shapes', () => {
  // Concurrent, because a run mostly waits: for the pipe, for the answers of retries, for the grace period.
  it.concurrent.each(shapeNames)('are counted exactly from the records of shape %s', async (name) => {
    await using run = await playShape(name);
    const { atRest, letters } = answersOf(name);

    expect(await countsOf(run)).toBe(atRest);
    expect(run.deadLetterCount().distinct - run.counters().faults.poison).toBe(letters);
  });

  it.concurrent.each(seeded)(
    'are seeded, counted beside the seed, and repaired, with shape %s',
    async (name) => {
      await using run = await playShape(name, { backfill: 0.5 });
      const { repaired } = answersOf(name);
      expect(await countsOf(run)).toBe(repaired);

      // Faults would only make the repair slow.
      for (const fault of faultNames) run.faults.set(fault, 0);
      const damaged = await damageTables(run, { damage: { counts: 20, registers: 20 }, seed: SEED });
      expect(damaged).toEqual({ counts: 20, registers: 20 });
      const repair = await run.reconcile({ mode: 'repair', graceMs: GRACE_MS });

      expect(repair.kind).toBe('succeeded');
      expect(await countsOf(run)).toBe(repaired);
    },
  );
});
