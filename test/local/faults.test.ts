import { describe, expect, it } from '@jest/globals';
import { armCrash } from '../../infra/local/emulator/faults/crash-fault.ts';
import type { RequestObserver } from '../../infra/local/emulator/faults/dynamodb-proxy.ts';
import { createFaultPlan, faultNames, parseFaultSpec } from '../../infra/local/emulator/faults/fault-plan.ts';
import type { PipeRecord } from '../../infra/local/emulator/pipe/stream-source.ts';
import { createPipeBench, failing, keyOf, success } from '../support/pipe-bench.ts';

describe('the fault specification', () => {
  it('reads names and probabilities', () => {
    expect(parseFaultSpec('duplicate=0.2, lost-answer=.1,throttle=0,crash=1')).toEqual({
      duplicate: 0.2,
      'lost-answer': 0.1,
      throttle: 0,
      crash: 1,
    });
    expect(parseFaultSpec('')).toEqual({});
  });

  it.each([
    ['explode=0.1', 'Unknown fault "explode"'],
    ['=0.1', 'Unknown fault ""'],
    ['crash=0.1,', 'Unknown fault ""'],
    ['toString=0.1', 'Unknown fault "toString"'],
    ['crash', 'expected a probability from 0 to 1'],
    ['crash=', 'expected a probability from 0 to 1'],
    ['crash=1.1', 'expected a probability from 0 to 1'],
    ['crash=-0.1', 'expected a probability from 0 to 1'],
    ['crash=often', 'expected a probability from 0 to 1'],
    ['crash=0.1=0.2', 'expected a probability from 0 to 1'],
    ['crash=0.1,crash=0.2', 'Fault "crash" is given twice'],
  ])('refuses %p with a one-line message', (text, message) => {
    expect(() => parseFaultSpec(text)).toThrow(message);
    expect(() => parseFaultSpec(text)).toThrow(/^.+$/);
  });
});

describe('the fault plan', () => {
  const rolls = (plan: ReturnType<typeof createFaultPlan>) =>
    Array.from({ length: 50 }, () => plan.roll('crash'));

  it('decides the same for the same seed, and differently for another', () => {
    const probabilities = { crash: 0.5 };
    const first = rolls(createFaultPlan({ probabilities, seed: 7 }));
    expect(rolls(createFaultPlan({ probabilities, seed: 7 }))).toEqual(first);
    expect(rolls(createFaultPlan({ probabilities, seed: 8 }))).not.toEqual(first);
  });

  it('does not change the other faults when one is added', () => {
    const alone = createFaultPlan({ probabilities: { crash: 0.5 }, seed: 7 });
    const both = createFaultPlan({ probabilities: { crash: 0.5, poison: 0.5 }, seed: 7 });
    for (let i = 0; i < 20; i += 1) both.roll('poison');
    expect(rolls(both)).toEqual(rolls(alone));
  });

  it('makes two faults hit different places', () => {
    const plan = createFaultPlan({ probabilities: { crash: 0.5, poison: 0.5 }, seed: 7 });
    const crashes = rolls(plan);
    expect(Array.from({ length: 50 }, () => plan.roll('poison'))).not.toEqual(crashes);
  });

  it('hits about as often as its probability says, and never at 0', () => {
    const plan = createFaultPlan({ probabilities: { duplicate: 0.2 }, seed: 1 });
    const times = Array.from({ length: 10_000 }, () => plan.roll('duplicate')).filter(Boolean).length;
    expect(times).toBeGreaterThan(1_800);
    expect(times).toBeLessThan(2_200);
    expect(plan.roll('poison')).toBe(false);
    plan.set('duplicate', 0);
    expect(plan.roll('duplicate')).toBe(false);
    plan.set('duplicate', 1);
    expect(plan.roll('duplicate')).toBe(true);
    expect(() => plan.set('duplicate', Number.NaN)).toThrow('expected a probability');
  });

  it('counts only faults that happened', () => {
    const plan = createFaultPlan({ probabilities: { crash: 1 }, seed: 1 });
    plan.roll('crash');
    expect(plan.counts).toEqual(Object.fromEntries(faultNames.map((name) => [name, 0])));
    plan.happened('crash');
    expect(plan.counts.crash).toBe(1);
  });
});

describe('the crash fault', () => {
  function arm(seed: number) {
    const faults = createFaultPlan({ probabilities: { crash: 1 }, seed });
    let observer: RequestObserver | undefined;
    let kills = 0;
    const crash = armCrash({
      faults,
      proxy: {
        observe: (next) => {
          observer = next;
        },
      },
      kill: () => {
        kills += 1;
      },
    });
    /** How far a request gets: abandoned before the engine, abandoned after it, or answered. */
    const request = (): 'before' | 'after' | 'answered' => {
      if (observer?.before?.('TransactWriteItems') === 'abandon') return 'before';
      if (observer?.after?.('TransactWriteItems') === 'abandon') return 'after';
      return 'answered';
    };
    return { faults, crash, request, kills: () => kills };
  }

  it('hits requests before they are forwarded, after they committed, or at the function’s answer', () => {
    const ends = new Set<string>();
    for (let seed = 0; seed < 60; seed += 1) {
      const { faults, crash, request, kills } = arm(seed);
      const results = [request(), request()];
      expect(crash.finish()).toBe(true);
      expect(kills()).toBe(1);
      expect(faults.counts.crash).toBe(1);
      ends.add(results.find((result) => result !== 'answered') ?? 'at its answer');
    }
    expect([...ends].toSorted()).toEqual(['after', 'at its answer', 'before']);
  });

  it('is counted once when it happens, and not for an invocation that it does not hit', () => {
    const faults = createFaultPlan({ probabilities: { crash: 0 }, seed: 1 });
    const crash = armCrash({ faults, proxy: { observe: () => {} }, kill: () => {} });
    expect(crash.finish()).toBe(false);
    expect(faults.counts.crash).toBe(0);
  });
});

describe('the duplicate fault', () => {
  const seeds = Array.from({ length: 12 }, (_, i) => i + 1);

  it.each(seeds)(
    'redelivers records in other batches, never twice in one batch, and ends (seed %i)',
    async (seed) => {
      const bench = createPipeBench({
        seed,
        faults: seed % 2 === 0 ? { duplicate: 0.9, reorder: 0.8 } : { duplicate: 0.5 },
        settings: { parallelizationFactor: 2 },
      });
      for (let i = 0; i < 300; i += 1) bench.stream.write({ key: `k${i % 40}` });
      bench.pipe.start();
      await bench.drain();
      await bench.stop();
      const ids = bench.calls.map(({ records }) => records.map((record) => (record as PipeRecord).eventID));
      for (const batch of ids) expect(new Set(batch).size).toBe(batch.length);
      for (const batch of ids) expect(batch.length).toBeLessThanOrEqual(10);
      expect(new Set(ids.flat()).size).toBe(300);
      expect(ids.flat().length).toBeGreaterThan(330);
      expect(bench.faults.counts.duplicate).toBeGreaterThan(5);
      expect(bench.pipe.counters.recordsRedelivered).toBe(ids.flat().length - 300);
      expect(bench.pipe.counters.recordsPending).toBe(0);
    },
  );
});

describe('the reorder fault', () => {
  it('delivers every record once, and some of them after later records', async () => {
    const bench = createPipeBench({ faults: { reorder: 0.5 } });
    const written = Array.from({ length: 200 }, (_, i) => bench.stream.write({ key: `k${i}` }));
    bench.pipe.start();
    await bench.drain();
    const order = bench.calls
      .flatMap(({ records }) => records)
      .map((record) => written.indexOf(record as PipeRecord));
    expect(order.toSorted((a, b) => a - b)).toEqual(written.map((_, i) => i));
    expect(order.some((at, i) => at < (order[i - 1] ?? -1))).toBe(true);
    expect(bench.faults.counts.reorder).toBeGreaterThan(3);
    await bench.stop();
  });

  it.each([1, 10])('ends even when every batch of %i loses records', async (batchSize) => {
    const bench = createPipeBench({ faults: { reorder: 1, duplicate: 1 }, settings: { batchSize } });
    for (let i = 0; i < 30; i += 1) bench.stream.write({ key: `k${i}` });
    bench.pipe.start();
    await bench.clock.until(
      () => new Set(bench.calls.flatMap(({ records }) => records.map(keyOf))).size === 30,
    );
    bench.faults.set('duplicate', 0);
    await bench.drain();
    expect(bench.pipe.counters.recordsPending).toBe(0);
    await bench.stop();
  });

  it('is not counted when nothing was overtaken', async () => {
    const bench = createPipeBench({ faults: { reorder: 1 } });
    bench.stream.write({ key: 'k' });
    bench.pipe.start();
    await bench.drain();
    expect(bench.calls).toHaveLength(1);
    expect(bench.faults.counts.reorder).toBe(0);
    await bench.stop();
  });
});

describe('the poison fault', () => {
  it('adds records of many kinds after the real ones, and redelivers the same ones', async () => {
    const bench = createPipeBench({
      faults: { poison: 0.5 },
      target: (records, call) => (call % 2 === 1 ? failing(records[0]) : success),
    });
    const written = Array.from({ length: 200 }, (_, i) => bench.stream.write({ key: `k${i}` }));
    bench.pipe.start();
    await bench.drain();
    const texts = bench.calls.flatMap(({ records }) => records.map((record) => JSON.stringify(record)));
    const real = new Set(written.map((record) => JSON.stringify(record)));
    const poison = new Set(texts.filter((text) => !real.has(text)));
    expect(bench.faults.counts.poison).toBeGreaterThan(60);
    expect(poison.size).toBe(bench.faults.counts.poison);
    expect(texts.length).toBeGreaterThan(real.size + poison.size);
    expect(bench.pipe.counters.recordsPending).toBe(0);
    await bench.stop();
  });

  it('creates the same records again when the stream is redelivered', async () => {
    const bench = createPipeBench({ faults: { poison: 1 } });
    for (let i = 0; i < 30; i += 1) bench.stream.write({ key: `k${i}` });
    const poisonOf = async (run: typeof bench) => {
      run.pipe.start();
      await run.drain();
      await run.clock.result(run.pipe.stop());
      return run.calls.flatMap(({ records }) => records.map((record) => JSON.stringify(record)));
    };
    const first = await poisonOf(bench);
    bench.checkpoints.saved = {};
    expect(await poisonOf(bench.restart())).toEqual(first);
  });
});
