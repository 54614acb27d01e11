import { describe, expect, it } from '@jest/globals';
import { gateWrites } from '../../infra/local/console/run-writers.ts';
import { createTruthMeter, type TruthMeterOptions } from '../../infra/local/console/truth-meter.ts';
import type { Api } from '../../infra/local/emulator/http-api/api.ts';
import { Gate } from '../../infra/local/replay/pace.ts';
import { until } from '../local/command-run.ts';

const found = { drift: 3, favourites: 10, countsCompared: 20, atMs: 1 };

function start(options: Partial<TruthMeterOptions> = {}) {
  const scene = { version: 1, recounts: 0, lagMs: 0, isHeldOff: false, checks: 0 };
  const gate = new Gate();
  const meter = createTruthMeter({
    pipe: {
      drain: () => Promise.resolve(),
      counters: {
        get lagMs() {
          return scene.lagMs;
        },
      },
    },
    gate,
    countAnew() {
      scene.recounts += 1;
      return Promise.resolve(found);
    },
    version: () => String(scene.version),
    isHeldOff() {
      scene.checks += 1;
      return scene.isHeldOff;
    },
    pace: { apartMinMs: 1, checkEveryMs: 1, drainMaxMs: 5 },
    ...options,
  });
  /** Resolves after the meter has checked many times whether a recount is due. */
  const manyChecks = (): Promise<void> => {
    const { checks } = scene;
    return until(() => scene.checks > checks + 5);
  };
  return { scene, gate, meter, manyChecks, [Symbol.dispose]: () => meter.stop() };
}

describe('the truth meter', () => {
  it('recounts automatically after a change, and otherwise does not', async () => {
    using running = start();
    const { scene, meter, manyChecks } = running;
    expect(meter.state()).toEqual({ state: 'unknown' });
    await until(() => scene.recounts === 1 && meter.state().state === 'known');
    expect(meter.state()).toEqual({ state: 'known', ...found });
    await manyChecks();
    expect(scene.recounts).toBe(1);
    scene.version += 1;
    await until(() => scene.recounts === 2);
  });

  it('waits while it is blocked, and while the pipe is far behind', async () => {
    using running = start();
    const { scene, meter, manyChecks } = running;
    await until(() => scene.recounts === 1);
    scene.version += 1;
    scene.isHeldOff = true;
    await manyChecks();
    expect(scene.recounts).toBe(1);
    scene.lagMs = 21_000;
    scene.isHeldOff = false;
    await until(() => meter.state().problem !== undefined);
    expect(meter.state()).toMatchObject({
      ...found,
      problem: 'The pipe is 21 s behind: the next recount waits for it.',
    });
    scene.lagMs = 0;
    await until(() => scene.recounts === 2 && meter.state().problem === undefined);
  });

  it('compares only while no write is in progress, and makes new writes wait', async () => {
    const counting = Promise.withResolvers<void>();
    const counted = Promise.withResolvers<void>();
    using running = start({
      async countAnew() {
        counting.resolve();
        await counted.promise;
        return found;
      },
    });
    const { gate, meter } = running;
    await counting.promise;
    expect(meter.state().state).toBe('counting');
    let hasEntered = false;
    const entering = gate.pass(() => {
      hasEntered = true;
      return Promise.resolve();
    });
    // By now, a write that does not wait for the meter would have finished.
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasEntered).toBe(false);
    counted.resolve();
    await entering;
  });

  it('gives up when the pipe stays busy, keeps the last result, and lets writes continue', async () => {
    let isBusy = false;
    using running = start({
      pipe: {
        drain: () => (isBusy ? new Promise(() => {}) : Promise.resolve()),
        counters: { lagMs: 0 },
      },
    });
    const { scene, gate, meter } = running;
    await until(() => meter.state().state === 'known');
    scene.isHeldOff = true;
    isBusy = true;
    await meter.recount();
    expect(meter.state()).toMatchObject({ state: 'known', ...found });
    expect(meter.state().problem).toMatch(/^The pipe was still busy after /);
    await gate.pass(() => Promise.resolve());
  });

  it('runs only one recount for simultaneous requests', async () => {
    using running = start();
    const { scene, meter } = running;
    scene.isHeldOff = true;
    await Promise.all([meter.recount(), meter.recount(), meter.recount()]);
    expect(scene.recounts).toBe(1);
  });
});

describe('a write through the API', () => {
  const request = { target: '/', headers: {}, body: Buffer.alloc(0) };

  it('waits while the gate is closed; a read does not', async () => {
    const gate = new Gate();
    const answered: string[] = [];
    const inner: Api = ({ method }) => {
      answered.push(method);
      return Promise.resolve({ status: 204, headers: {}, body: Buffer.alloc(0) });
    };
    const api = gateWrites(inner, gate, () => answered.push('written'));
    let writing: Promise<unknown> | undefined;
    await gate.closedDuring(async () => {
      writing = Promise.all([api({ ...request, method: 'PUT' }), api({ ...request, method: 'DELETE' })]);
      await api({ ...request, method: 'GET' });
      expect(answered).toEqual(['GET']);
    });
    await writing;
    expect(answered.toSorted()).toEqual(['DELETE', 'GET', 'PUT', 'written', 'written']);
  });

  it('counts as a change unless it was rejected or had no effect on the table', async () => {
    let written = 0;
    for (const status of [200, 400, 403, 500]) {
      const answer = { status, headers: {}, body: Buffer.alloc(0) };
      const api = gateWrites(
        () => Promise.resolve(answer),
        new Gate(),
        () => (written += 1),
      );
      expect(await api({ ...request, method: 'PUT' })).toBe(answer);
    }
    expect(written).toBe(0);
  });
});
