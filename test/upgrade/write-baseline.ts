/** `npm run baseline`: writes the baseline of the version in package.json, before it is released. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startLocalRun } from '../../infra/local/local-run.ts';
import { writeEvents } from '../support/write-events.ts';
import { type Baseline, baselinePath, baselineSettings, pastEvents, tablesOf } from './baseline.ts';
import { statefulResources } from './stateful-resources.ts';

const manifest = join(import.meta.dirname, '../../package.json');
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };
const path = baselinePath(version);

await using run = await startLocalRun({ settings: baselineSettings(), seed: 1 });
await writeEvents(run, pastEvents);
await run.pipe.drain();
// Remembers the identity of Favourites, and takes and returns the lease.
const repaired = await run.reconcile({ mode: 'repair', graceMs: 0 });
if (repaired.kind !== 'succeeded') throw new Error(`the repair ended as ${JSON.stringify(repaired)}`);
const baseline: Baseline = { resources: statefulResources(), tables: await tablesOf(run) };
const listed = (items: readonly object[]) => items.map((item) => `      ${JSON.stringify(item)}`).join(',\n');
const lines = Object.entries(baseline.tables).map(
  ([name, items]) => `    ${JSON.stringify(name)}: [\n${listed(items)}\n    ]`,
);
const resources = JSON.stringify(baseline.resources, undefined, 2).replaceAll('\n', '\n  ');
writeFileSync(path, `{\n  "resources": ${resources},\n  "tables": {\n${lines.join(',\n')}\n  }\n}\n`);
process.stdout.write(`${path}: ${Object.values(baseline.tables).flat().length} items\n`);
