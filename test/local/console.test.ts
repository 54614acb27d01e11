import { describe, expect, it } from '@jest/globals';
import type { ConsoleCounts, SeriesPoint, Snapshot } from '../../infra/local/console/protocol.ts';
import { send } from '../support/raw-http.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { runCommand, until, urlOf } from './command-run.ts';
import { deadLettersOf, type FeedEvent, feedOf, giveOrder, snapshotWhere } from './console-client.ts';

const LONG_MS = 240_000;
const allOff = { name: 'all', probability: 0 } as const;

/** True for a snapshot whose recount began after this instant. */
const recountedAfter =
  (instantMs: number) =>
  ({ truth }: Snapshot): boolean =>
    truth.state === 'known' && (truth.atMs ?? 0) > instantMs;

describe('the console over HTTP', () => {
  it(
    'shows that faults are harmless, that vanished records cause drift, and that a reconcile corrects it',
    async () => {
      await using run = runCommand('start', ['--seed', '5']);
      const url = await urlOf(run);

      // Answers are lost under load, and the counts stay right.
      await giveOrder(url, 'POST /console/faults', { name: 'lost-answer', probability: 0.1 });
      await giveOrder(url, 'POST /console/load', { rate: 200, skew: 1 });
      const lost = await snapshotWhere(
        url,
        ({ faults, load }) => load.written > 500 && faults.some(({ count }) => count > 0),
      );
      expect(lost.load).toMatchObject({ rate: 200, skew: 1 });
      expect(lost.faults.find(({ name }) => name === 'lost-answer')).toMatchObject({ probability: 0.1 });
      const exact = await snapshotWhere(url, recountedAfter(Date.now()));
      expect(exact.truth).toMatchObject({ drift: 0 });
      expect(exact.truth.favourites).toBeGreaterThan(500);
      expect(exact.truth.countsCompared).toBeGreaterThan(100);
      expect(exact.metrics.marks).toBeGreaterThan(exact.metrics.unmarks);

      // Records vanish, and the next recount shows the drift.
      await giveOrder(url, 'POST /console/faults', { name: 'vanish', probability: 0.05 });
      await snapshotWhere(url, ({ truth }) => (truth.drift ?? 0) > 0);
      await giveOrder(url, 'POST /console/faults', allOff);

      // A reconcile shows its states and removes the drift.
      const startedAtMs = Date.now();
      await giveOrder(url, 'POST /console/reconcile', { mode: 'repair' });
      await expect(giveOrder(url, 'POST /console/reconcile', { mode: 'verify' })).rejects.toThrow(
        'answered by 409',
      );
      const seen = new Set<string>();
      const reconciled = await snapshotWhere(url, ({ reconcile }) => {
        // A short state may begin and end between two snapshots; it has a status all the same.
        for (const state of Object.keys(reconcile.states)) seen.add(state);
        return reconcile.state === 'idle';
      });
      expect([...seen]).toEqual(expect.arrayContaining(['Verify', 'Mend', 'Audit']));
      expect(reconciled.reconcile).toMatchObject({
        mode: 'repair',
        last: { kind: 'succeeded', summary: expect.stringMatching(/^\d+ registers? corrected/) },
      });
      expect(reconciled.reconcile.startedAtMs).toBeGreaterThanOrEqual(startedAtMs);
      expect(reconciled.reconcile.states).toMatchObject({
        Plan: 'done',
        Verify: 'done',
        Decide: 'done',
        Mend: 'done',
        Audit: 'done',
        Report: 'done',
      });
      const mended = await snapshotWhere(url, recountedAfter(Date.now()));
      expect(mended.truth.drift).toBe(0);
      expect(run.stderr()).toBe('');
    },
    LONG_MS,
  );

  it(
    'lists the dead letters, redrives them, and continues in the same directory',
    async () => {
      using directory = temporaryDirectory();
      const db = ['--db', `${directory.path}/db`, '--seed', '5'];
      let left = 0;
      {
        await using run = runCommand('start', db);
        const url = await urlOf(run);
        await giveOrder(url, 'POST /console/faults', { name: 'poison', probability: 0.02 });
        await giveOrder(url, 'POST /console/faults', { name: 'drop', probability: 0.2 });
        await giveOrder(url, 'POST /console/load', { rate: 200, skew: 0 });
        const kinds = async () => new Set((await deadLettersOf(url)).letters.map(({ kind }) => kind));
        while ((await kinds()).size < 2) await snapshotWhere(url, () => true);
        await giveOrder(url, 'POST /console/faults', allOff);
        await giveOrder(url, 'POST /console/load', { rate: 0, skew: 0 });
        const { total, letters } = await deadLettersOf(url);
        expect(letters).toHaveLength(Math.min(50, total));
        for (const { kind, reason, detail, record } of letters) {
          expect(detail).toMatch(/\w{3}/);
          expect(reason).toMatch(kind === 'range' ? /^given-up$/ : /^[a-z-]+$/);
          expect(() => JSON.parse(record) as unknown).not.toThrow();
        }

        await giveOrder(url, 'POST /console/reconcile', { mode: 'redrive' });
        const { reconcile } = await snapshotWhere(url, (now) => now.reconcile.last !== undefined);
        expect(reconcile.last).toMatchObject({ mode: 'redrive', kind: 'succeeded' });
        expect(reconcile.last?.redriven).toBeGreaterThan(0);
        expect(reconcile.states).toMatchObject({ Redrive: 'done' });
        expect(reconcile.states).not.toHaveProperty('Verify');
        expect((await snapshotWhere(url, recountedAfter(Date.now()))).truth.drift).toBe(0);
        // The remaining letters can never be applied.
        const after = await deadLettersOf(url);
        expect(new Set(after.letters.map(({ kind }) => kind))).toEqual(new Set(['record']));
        left = after.total;
        run.child.kill('SIGTERM');
        expect(await run.ended).toBe(0);
      }
      await using again = runCommand('start', db);
      const url = await urlOf(again);
      const restarted = await snapshotWhere(url, recountedAfter(0));
      expect(restarted.truth).toMatchObject({ drift: 0 });
      expect(restarted.truth.favourites).toBeGreaterThan(500);
      expect(restarted.metrics).toMatchObject({ deadLetters: left, poison: 0 });
      expect(restarted.top).toHaveLength(10);
      // The sample continues with its own favourites, although the load wrote many others.
      const { metrics } = await snapshotWhere(url, (now) => now.metrics.marks + now.metrics.unmarks > 50);
      expect(metrics.marks).toBeGreaterThan(0);
    },
    LONG_MS,
  );

  it('rejects bad requests, passes other paths on, and streams the series', async () => {
    await using run = runCommand('start', []);
    const url = await urlOf(run);
    const port = Number(new URL(url).port);
    const ask = async (method: string, target: string, body = '') => {
      const answer = await send(port, { method, target, body });
      return [answer.status, answer.headers['content-type'], answer.headers['allow']];
    };
    const problem = 'application/problem+json';
    expect(await ask('GET', '/console/nothing')).toEqual([404, problem, undefined]);
    expect(await ask('GET', '/console/../console/nothing')).toEqual([404, problem, undefined]);
    expect(await ask('POST', '/')).toEqual([405, problem, 'GET, HEAD']);
    expect(await ask('DELETE', '/console/events')).toEqual([405, problem, 'GET, HEAD']);
    expect(await ask('GET', '/console/load')).toEqual([405, problem, 'POST']);
    expect(await ask('GET', '/console/events?window=AUGUST')).toEqual([400, problem, undefined]);
    expect(await ask('POST', '/console/load', '{"rate":"fast"}')).toEqual([400, problem, undefined]);
    expect(await ask('POST', '/console/reconcile', 'mode=repair')).toEqual([400, problem, undefined]);
    expect(await ask('POST', '/console/faults', `{"name":"${'x'.repeat(20_000)}"}`)).toEqual([
      413,
      problem,
      undefined,
    ]);
    expect((await ask('HEAD', '/console/events'))[0]).toBe(200);
    for (const query of ['', '?user=ada', '?user=&restaurant=r', '?user=a&user=b&restaurant=r']) {
      expect(await ask('PUT', `/console/favourites${query}`)).toEqual([400, problem, undefined]);
    }
    expect(await ask('PUT', '/console/favourites?user=ada&restaurant=a%23b')).toEqual([
      400,
      problem,
      undefined,
    ]);
    expect(await ask('GET', '/console/counts?restaurant=r&window=AUGUST')).toEqual([400, problem, undefined]);
    expect(await ask('GET', '/console/counts?restaurant=r')).toEqual([400, problem, undefined]);

    // An id that the API does not take in a path can be marked and counted all the same.
    const restaurant = encodeURIComponent('a/b?100%\u202e');
    expect((await ask('PUT', `/console/favourites?user=ada&restaurant=${restaurant}`))[0]).toBe(204);
    await until(async () => {
      const response = await fetch(`${url}console/counts?restaurant=${restaurant}&window=ALL_TIME`);
      return ((await response.json()) as ConsoleCounts).counts['ALL_TIME'] === 1;
    });
    // These paths are not the console's, so the API answers them.
    for (const target of ['/console', '//console/events', '/CONSOLE/events', '/page.js', '/nothing']) {
      expect(await ask('GET', target)).toEqual([404, problem, undefined]);
    }

    // A later client gets the whole series at once, and each point only once.
    const points: SeriesPoint[] = [];
    for await (const { name, value } of feedOf(url)) {
      if (name === 'point') points.push(value as SeriesPoint);
      if (points.length === 3) break;
    }
    const times = points.map(({ atMs }) => atMs);
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
    await using later = feedOf(url);
    const first = (await later.next()) as IteratorYieldResult<FeedEvent>;
    expect(first.value).toMatchObject({ name: 'series', value: expect.arrayContaining(points) });
  });
});
