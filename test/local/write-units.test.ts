/**
 * Checks that docs/cost.md states the write units that the engine reports for a favourite that is alone in
 * its transaction.
 */
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startLocalRun } from '../../infra/local/local-run.ts';
import { replaySettings } from '../../infra/local/replay/replay-settings.ts';
import { metric } from '../../infra/local/replay/report.ts';
import { writeEvents } from '../support/write-events.ts';

describe('the write units of a favourite that is alone in its transaction', () => {
  it('are those of docs/cost.md, for new count rows and for changed ones', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/cost.md'), 'utf8');
    const [, newRows, movedRows] = /shares nothing costs (\d+) to (\d+) write units/.exec(page) ?? [];
    await using run = await startLocalRun({ settings: replaySettings(), seed: 1 });
    const units: number[] = [];
    for (const user of ['ada', 'grace']) {
      const before = metric(run.counters(), 'WriteUnitsConsumed');
      const createdAt = '2022-08-01T12:00:00.000Z';
      await writeEvents(run, [{ kind: 'mark', restaurantId: 'trattoria', userId: user, createdAt }]);
      await run.pipe.drain();
      units.push(metric(run.counters(), 'WriteUnitsConsumed') - before);
    }
    expect(units).toEqual([Number(newRows), Number(movedRows)]);
  });
});
