/**
 * `npm run bench` with a few hundred events and without its times: every contender ends right if nothing
 * happens, and after the schedule of redeliveries and lost answers only ours does.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { synthesizeOurs } from '../bench/contenders/deploy.ts';
import { type Measured, runScenario } from '../bench/contenders/scenario.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const root = join(import.meta.dirname, '../..');

describe('the bench of the contenders', () => {
  const scenario = {
    load: 'zipf',
    batchSize: 20,
    delayMs: 1,
    events: 300,
    contenders: ['a-add', 'a-add-top100', 'b-net-deltas', 'c-idempotency', 'd-ours', 'e-in-request'],
  } as const;
  let lines: readonly Measured[];
  beforeAll(async () => {
    using directory = temporaryDirectory();
    const assembly = synthesizeOurs(directory.path);
    lines = await runScenario(scenario, { assembly, directory: directory.path });
  });

  it('ends with right counts for every contender if nothing is delivered again and no answer is lost', () => {
    expect(lines.map(({ contender, wrongCountsUndisturbed }) => [contender, wrongCountsUndisturbed])).toEqual(
      scenario.contenders.map((contender) => [contender, 0]),
    );
  });

  it('ends with right counts for ours after redeliveries and lost answers', () => {
    const ours = lines.find(({ contender }) => contender === 'd-ours');
    expect(ours).toMatchObject({ wrongCounts: 0, failedPerEvent: 0 });
    expect(ours?.lostAnswers).toBeGreaterThan(0);
  });

  it.each(['a-add', 'b-net-deltas', 'c-idempotency'])('ends with wrong counts for %s after them', (name) => {
    const line = lines.find(({ contender }) => contender === name);
    expect(line?.wrongCounts).toBeGreaterThan(0);
  });

  it('bills what the engine reports, as long as nothing is refused', () => {
    const plain = lines.filter(({ contender }) => !/top100|in-request/.test(contender));
    for (const { writeUnitsPerEvent, writeUnitsPerEventAws } of plain) {
      expect(writeUnitsPerEventAws).toBeCloseTo(writeUnitsPerEvent, 9);
    }
  });

  it('gives each line the members that --out promises', () => {
    for (const line of lines) {
      expect(line).toMatchObject({
        contender: expect.any(String),
        load: 'zipf/20',
        delayMs: 1,
        eventsPerSecond: expect.any(Number),
        requestsPerEvent: expect.any(Number),
        writeUnitsPerEvent: expect.any(Number),
        writeUnitsPerEventAws: expect.any(Number),
        cpuMsPer100Events: expect.any(Number),
        peakMb: expect.any(Number),
        wrongCounts: expect.any(Number),
      });
    }
  });
});

describe('npm run bench', () => {
  const run = (...options: readonly string[]) => {
    const words = ['--disable-warning=ExperimentalWarning', '--import', 'tsx', 'test/bench/bench.ts'];
    return spawnSync(process.execPath, [...words, ...options], { cwd: root, encoding: 'utf8' });
  };

  it.each([
    [['--only', 'f'], /--only f: expected one of a-add, /],
    [['--events', '7'], /--events 7: expected a whole number from 100 to 20000/],
    [['--out', '/missing/bench.json'], /--out \/missing\/bench\.json cannot be written/],
    [['--write-docs', '--events', '200'], /--write-docs needs the whole run/],
    [['trace.csv'], /Leave out trace\.csv/],
  ])('refuses %p before it measures anything', (options, message) => {
    const { status, stderr } = run(...options);
    expect(stderr).toMatch(message);
    expect(status).toBe(1);
  });
});
