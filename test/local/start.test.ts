import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { favouritesFile } from '../support/favourites-file.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { familyOf, isRunning, kill, runCommand, until, urlOf } from './command-run.ts';
import { snapshotWhere } from './console-client.ts';

/** For tests that start the stack more than once, which takes seconds each on a busy machine. */
const LONG_MS = 240_000;

describe('npm start', () => {
  it('serves a live page, and refuses any foreign Host or Origin', async () => {
    await using run = runCommand('start', []);
    const url = await urlOf(run);

    const first = await snapshotWhere(url, ({ top }) => top.length === 10);
    const later = await snapshotWhere(url, ({ metrics }) => metrics.applied > first.metrics.applied);
    expect(later.replay).toMatchObject({ state: 'replaying' });
    const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
    await snapshotWhere(url, ({ window, top }) => window === today && top.length > 0, today);

    for (const path of [
      '',
      'console/page.js',
      'console/events',
      'console/recount',
      'restaurants',
      'nothing',
    ]) {
      for (const method of ['GET', 'POST']) {
        expect(await statusOf(`${url}${path}`, { host: 'evil.example' }, method)).toBe(421);
        expect(await statusOf(`${url}${path}`, { origin: 'http://evil.example' }, method)).toBe(403);
      }
    }
    const page = await fetch(url);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await statusOf(`${url}console/events?window=AUGUST`)).toBe(400);
    expect(await statusOf(`${url}nothing`)).toBe(404);

    expect(await statusOf(`${url}console/recount`, {}, 'POST')).toBe(202);
    const { truth } = await snapshotWhere(url, (snapshot) => snapshot.truth.state === 'known');
    expect(truth.drift).toBe(0);
  });

  it('repairs repeatedly beside the traffic, and can end during it', async () => {
    using directory = temporaryDirectory();
    await using run = runCommand(
      'start',
      ['--reconcile-every', '0.2', '--grace', '2', '--faults', 'vanish=0.3', '--seed', '2'],
      { directory: directory.path },
    );
    await urlOf(run);
    await until(() =>
      /Reconcile: [1-9]\d* registers corrected \(.*\n(?:.*\n)*Reconcile: /.test(run.stdout()),
    );
    const family = familyOf(run.child.pid ?? 0);
    run.child.kill('SIGTERM');
    expect(await run.ended).toBe(0);
    await until(() => !family.some(isRunning));
    expect(run.stderr()).toBe('');
  });

  it.each([
    ['npm', 'SIGTERM'],
    ['npm', 'SIGINT'],
    ['background', 'SIGINT'],
    ['background', 'SIGTERM'],
  ] as const)('leaves no process behind when only %s gets %s', async (by, signal) => {
    using directory = temporaryDirectory();
    await using run = runCommand('start', [], { by, directory: directory.path });
    await urlOf(run);
    const family = familyOf(run.child.pid ?? 0);
    // At least npm, the server and the engine.
    expect(family.length).toBeGreaterThanOrEqual(3);
    run.child.kill(signal);
    await run.ended;
    await until(() => !family.some(isRunning));
    expect(run.stderr()).toBe('');
  });

  it(
    'continues exactly after each kill -9 during a replay',
    async () => {
      using directory = temporaryDirectory();
      const file = favouritesFile({ pairs: 4_000 });
      const [data, db] = [join(directory.path, 'f.csv'), join(directory.path, 'db')];
      writeFileSync(data, file.csv);
      for (const share of [0.2, 0.5]) {
        await using killed = runCommand('start', ['--data', data, '--db', db, '--faults', 'duplicate=0.2']);
        const url = await urlOf(killed);
        await snapshotWhere(url, ({ replay }) => replay.written > share * file.events);
        const family = familyOf(killed.child.pid ?? 0);
        kill(killed.child.pid ?? 0);
        await until(() => !family.some(isRunning));
      }
      // The file is not named again, because the directory records it.
      await using run = runCommand('start', ['--db', db]);
      const url = await urlOf(run);
      const { truth, replay, top } = await snapshotWhere(
        url,
        (snapshot) => snapshot.replay.state === 'done' && snapshot.truth.state === 'known',
      );
      expect({ drift: truth.drift, favourites: truth.favourites }).toEqual({
        drift: 0,
        favourites: file.live,
      });
      expect(replay.written).toBe(file.events);
      expect(top.map(({ restaurantId, count }) => [restaurantId, count])).toEqual(file.top);

      await using second = runCommand('start', ['--db', db]);
      expect(await second.ended).toBe(1);
      expect(second.stderr()).toMatch(/^The directory .* is in use by another run .*\n$/);

      const other = join(directory.path, 'other.csv');
      writeFileSync(other, favouritesFile({ pairs: 10 }).csv);
      await using mixed = runCommand('start', ['--db', db, '--data', other]);
      expect(await mixed.ended).toBe(1);
      expect(mixed.stderr()).toMatch(
        /was filled from .*f\.csv, not from .*other\.csv; continue with that file/,
      );
    },
    LONG_MS,
  );

  it('refuses a port in use with a one-line message', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await using run = runCommand('start', ['--port', String(port)]);
    expect(await run.ended).toBe(1);
    expect(run.stderr()).toBe(
      `Port ${port} is taken; give another --port, or leave it out to use any free one.\n`,
    );
    server.close();
  });

  it.each([
    [['f.csv'], /^Unexpected f\.csv; give a file as --data FILE\.csv/],
    [['--rate', '0'], /^--rate 0: expected a whole number from 1/],
    [['--port', '65536'], /^--port 65536: expected a whole number from 0 to 65535/],
    [['--columns', 'user=owner'], /^--columns and --date-format describe a CSV file; name it with --data/],
    [['--data', 'no-such.csv'], /^Cannot read no-such\.csv: there is no such file\.\n$/],
  ])('refuses %j with a one-line message', async (words, expected) => {
    await using run = runCommand('start', words);
    expect(await run.ended).toBe(1);
    expect(run.stderr()).toMatch(expected);
    expect(run.stderr().split('\n')).toHaveLength(2);
  });
});

/** The status of a request with any headers, even those that a browser or fetch would not send. */
async function statusOf(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<number | undefined> {
  const sent = request(url, { method, headers, agent: false });
  const [response] = (await once(sent.end(), 'response')) as [IncomingMessage];
  response.destroy();
  return response.statusCode;
}
