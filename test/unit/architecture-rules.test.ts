/** Tests the architecture test: it must report each kind of violation and accept every correct import. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { importViolations } from '../support/import-rules.ts';
import { importsOf, sourceFiles } from '../support/source-imports.ts';
import { impureGlobals } from '../support/source-purity.ts';

describe('importsOf', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'architecture-test-'));
    const sources = {
      'src/a/forms.ts': `
        // import { no } from './commented.ts';
        import { one } from './static.ts';
        import type { Two } from './type-only.ts';
        import { type Three } from './inline-type.ts';
        import type * as four from '../b/type-namespace.ts';
        import './side-effect.ts';
        import five from "node:fs";
        import {
          type Six,
        } from '@scope/package/deep';
        export { seven } from './re-export.ts';
        export type { Eight } from './type-re-export.ts';
        export * from './star.ts';
        export type * from './type-star.ts';
        export type Own = { from: 'nowhere' };
        const text = "import { no } from './quoted.ts'";
        export const nine = [text, await import('./dynamic.ts'), require('./required.ts')];`,
      'src/a/empty.ts': '',
    };
    for (const [path, source] of Object.entries(sources)) {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      writeFileSync(join(root, path), source);
    }
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('finds every form of import, type imports included, and ignores comments and strings', async () => {
    const imports = await importsOf(root, sourceFiles(root, ['src']));
    expect(imports.every(({ from }) => from === 'src/a/forms.ts')).toBe(true);
    expect(imports.map(({ to }) => to).toSorted()).toEqual([
      '@scope/package/deep',
      'node:fs',
      'src/a/dynamic.ts',
      'src/a/inline-type.ts',
      'src/a/re-export.ts',
      'src/a/required.ts',
      'src/a/side-effect.ts',
      'src/a/star.ts',
      'src/a/static.ts',
      'src/a/type-only.ts',
      'src/a/type-re-export.ts',
      'src/a/type-star.ts',
      'src/b/type-namespace.ts',
    ]);
  });
});

describe('importViolations', () => {
  it.each([
    ['src/counting/drift.ts', 'src/tables/schema.ts'],
    ['src/counting/drift.ts', 'node:crypto'],
    ['src/counting/drift.ts', '@aws-sdk/client-dynamodb'],
    ['src/lambda/environment.ts', 'src/tables/schema.ts'],
    ['src/tables/schema.ts', 'src/counting/time-window.ts'],
    ['src/tables/counted-favourites.ts', 'src/commit/plan.ts'],
    ['src/tables/counted-favourites.ts', 'src/lambda/environment.ts'],
    ['src/commit/store.ts', 'src/aggregator/aggregate-batch.ts'],
    ['src/dead-letters/dead-letter.ts', 'src/commit/store.ts'],
    ['src/commit/changes.ts', 'src/aggregator/handler.ts'],
    ['src/commit/changes.ts', 'src/reconcile/heal.ts'],
    ['src/commit/changes.ts', 'node:timers/promises'],
    ['src/reconcile/redrive/handler.ts', 'src/aggregator/handler.ts'],
    ['src/aggregator/handler.ts', 'infra/settings/settings.ts'],
    ['src/aggregator/handler.ts', 'test/support/random.ts'],
    ['src/client/counts.ts', 'src/api/request.ts'],
    ['src/client/counts.ts', 'src/commit/store.ts'],
    ['src/client/client.ts', 'src/lambda/settings.ts'],
    ['src/client/config.ts', 'valibot'],
    ['infra/favourites-stack.ts', 'src/client/client.ts'],
    ['infra/favourites-stack.ts', 'src/commit/changes.ts'],
    ['infra/favourites-stack.ts', 'src/aggregator/handler.ts'],
    ['infra/favourites-stack.ts', 'infra/local/local-run.ts'],
    ['infra/app.ts', 'infra/local/local-run.ts'],
    ['infra/settings/settings.ts', 'test/support/random.ts'],
    ['infra/local/emulator/engine/engine.ts', 'src/counting/time-window.ts'],
    ['infra/local/emulator/stack/template.ts', 'infra/settings/settings.ts'],
    ['infra/local/emulator/stack/template.ts', 'infra/local/local-run.ts'],
    ['infra/local/local-run.ts', 'src/commit/changes.ts'],
    ['infra/local/replay/drift.ts', 'src/commit/changes.ts'],
    ['infra/local/emulator/engine/engine.ts', 'infra/local/emulator/queue/queue-server.ts'],
    ['infra/local/emulator/engine/engine.ts', 'infra/local/emulator/pipe/local-pipe.ts'],
    ['infra/local/emulator/pipe/local-pipe.ts', 'infra/local/replay/report.ts'],
    ['infra/local/emulator/pipe/local-pipe.ts', 'infra/local/local-run.ts'],
    ['infra/local/replay/report.ts', 'infra/local/aggregate.ts'],
    ['infra/local/start.ts', 'infra/local/aggregate.ts'],
    ['infra/local/console/page/app.tsx', 'infra/local/console/live-feed.ts'],
    ['infra/local/console/page/app.tsx', 'node:fs'],
  ])('reports that %s may not import %s', (from, to) => {
    const [violation, ...others] = importViolations([from], [{ from, to }]);
    expect(violation).toMatch(`${from} imports ${to}: `);
    expect(others).toEqual([]);
  });

  it.each([
    ['src/commit/plan.ts', 'src/counting/time-window.ts'],
    ['src/lambda/environment.ts', 'src/counting/time-window.ts'],
    ['src/commit/store.ts', '@aws-sdk/client-dynamodb'],
    ['src/commit/changes.ts', 'src/commit/store.ts'],
    ['src/reconcile/redrive/redrive.ts', 'src/commit/changes.ts'],
    ['src/aggregator/handler.ts', 'src/lambda/environment.ts'],
    ['src/api/restaurants.ts', 'src/client/ranking.ts'],
    ['src/client/client.ts', 'src/lambda/clock.ts'],
    ['src/client/store.ts', '@aws-sdk/client-dynamodb'],
    ['infra/constructs/favourite-counts.ts', 'src/client/config.ts'],
    ['infra/favourites-stack.ts', 'src/lambda/metrics.ts'],
    ['infra/app.ts', 'infra/local/require-node.ts'],
    ['infra/local/local-run.ts', 'infra/favourites-stack.ts'],
    ['infra/local/console/page/app.tsx', 'src/counting/time-window.ts'],
    ['infra/local/replay/drift.ts', 'src/counting/time-window.ts'],
    ['infra/local/emulator/pipe/local-pipe.ts', 'infra/local/emulator/function/local-function.ts'],
    ['infra/local/aggregate.ts', 'infra/local/replay/report.ts'],
    ['infra/local/aggregate.ts', 'src/counting/time-window.ts'],
    ['infra/local/start.ts', 'infra/local/require-node.ts'],
    ['infra/local/console/page/app.tsx', 'infra/local/console/protocol.ts'],
  ])('accepts an import from %s to %s', (from, to) => {
    expect(importViolations([from], [{ from, to }])).toEqual([]);
  });

  it('reports a file that no import rule covers', () => {
    expect(importViolations(['src/helpers/strings.ts', 'infra/local/misc/strings.ts'], [])).toHaveLength(2);
  });
});

describe('impureGlobals', () => {
  it.each([
    ['Date.now()', 'Date'],
    ['new Date()', 'Date'],
    ['new Date', 'Date'],
    ['Date()', 'Date'],
    ['[Date]', 'Date'],
    ['Math.random()', 'Math.random'],
    ['process.env["X"]', 'process'],
    ['performance.now()', 'performance'],
    ['crypto.randomUUID()', 'crypto'],
    ['globalThis.Date', 'globalThis'],
    ['setTimeout(() => {}, 1)', 'setTimeout'],
  ])('reports %s', (expression, name) => {
    expect(impureGlobals(`export const value = ${expression};`)).toEqual([name]);
  });

  it('accepts dates made from values, local names, and mentions in comments and types', () => {
    const source = `
      // Date.now() and Math.random() are for others
      interface Options { readonly at: Date; readonly process: string }
      export const f = (nowMs: number, process: string): unknown =>
        [new Date(nowMs), new Date(process).getTime(), Date.UTC(2022, 1), Date.parse('2022'), Math.max(1)];`;
    expect(impureGlobals(source)).toEqual([]);
  });
});
