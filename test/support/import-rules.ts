/**
 * Who may import what. Imports point one way: `counting` ← `tables` ← use-cases ← handlers ← `infra`, and in
 * `infra/local` from the command lines down to the engine. A file of no zone is a violation too: give it one here.
 */
import type { SourceImport } from './source-imports.ts';

interface Zone {
  readonly files: RegExp;
  /** Matched against paths from the root, and specifiers of packages. */
  readonly mayImport: readonly RegExp[];
  readonly rule: string;
}

const packages = /^(?!infra\/|src\/|test\/|\.)/;
/** Timers, files, random bytes: what the simulator could not swap. */
const packagesWithoutNode = /^(?!infra\/|src\/|test\/|\.|node:)/;
const stores = /^src\/(tables|dead-letters)\/(?!.*\bhandler\.ts$)/;
const counting = /^src\/counting\//;
/** What a reconcile is given and what it reports. */
const reconcileShapes = /^src\/reconcile\/run\.ts$/;
const sharedNames = /^src\/(environment|tables\/schema|telemetry\/metrics)\.ts$/;

/** The first zone whose `files` match a file is its zone. */
const zones: readonly Zone[] = [
  {
    files: counting,
    mayImport: [counting],
    rule: 'the rules import nothing but each other: no AWS, no Node, no I/O',
  },
  {
    files: /^src\/(tables\/schema|telemetry\/metrics)\.ts$/,
    mayImport: [],
    rule: 'a list of names that the stack shares imports nothing',
  },
  {
    files: /^src\/environment\.ts$/,
    mayImport: [counting],
    rule: 'the environment, which the stack shares, imports only src/counting',
  },
  {
    files: /^src\/tables\//,
    mayImport: [counting, /^src\/tables\//, packages],
    rule: 'tables import only src/counting and each other: no use-case, no environment',
  },
  {
    files: /^src\/dead-letters\//,
    mayImport: [counting, /^src\/dead-letters\//, packages],
    rule: 'dead letters import only src/counting and each other: no use-case, no environment',
  },
  {
    files: /^src\/telemetry\//,
    mayImport: [/^src\/telemetry\//, packages],
    rule: 'telemetry imports nothing else of src: it is told what to write',
  },
  {
    files: /^src\/[^/]+\/(.*[/-])?handler\.ts$/,
    mayImport: [/^src\/(?!.*\bhandler\.ts$)/, packages],
    rule: 'a handler imports from src alone, and no other handler',
  },
  ...[
    { folder: 'aggregator', uses: [] },
    // Redrive and heal commit through the aggregator's own code path.
    { folder: 'reconcile', uses: [/^src\/aggregator\/(?!.*\bhandler\.ts$)/] },
    { folder: 'api', uses: [] },
  ].map(({ folder, uses }) => ({
    files: new RegExp(`^src/${folder}/`),
    mayImport: [
      new RegExp(`^src/${folder}/(?!.*\\bhandler\\.ts$)`),
      ...uses,
      counting,
      stores,
      /^src\/telemetry\//,
      /^src\/environment\.ts$/,
      packagesWithoutNode,
    ],
    rule: 'a use-case imports rules, tables, dead letters, telemetry and its own folder; no handler, no infra, nothing of Node',
  })),
  {
    files: /^infra\/app\.ts$/,
    // The one line under a wrong Node is the same for every entrance.
    mayImport: [/^infra\/(?!local\/)/, /^infra\/local\/require-node\.ts$/, sharedNames, packages],
    rule: 'the CDK app imports infra, and of infra/local only require-node.ts',
  },
  {
    files: /^infra\/(?!local\/)/,
    mayImport: [/^infra\/(?!local\/)/, sharedNames, packages],
    rule: 'the stack takes from src only environment.ts, tables/schema.ts and telemetry/metrics.ts, handlers by path, and nothing of infra/local',
  },
  {
    // The figures include the dead letters, decoded: their body has one definition.
    files: /^infra\/local\/local-run\.ts$/,
    mayImport: [/^infra\//, sharedNames, /^src\/dead-letters\/dead-letter\.ts$/, packages],
    rule: 'the local run takes from src the shared names and the body of a dead letter: it runs the bundles',
  },
  {
    // It runs in the browser.
    files: /^infra\/local\/console\/page\//,
    mayImport: [
      /^infra\/local\/console\/page\//,
      /^infra\/local\/console\/protocol\.ts$/,
      /^preact(\/hooks|\/jsx-runtime)?$/,
    ],
    rule: 'the page imports Preact, its own files and protocol.ts: it runs in the browser',
  },
  {
    // To recount independently of the aggregator, and to read --window, they need the meaning of a window and a key.
    files: /^infra\/local\/(replay\/|console\/|[^/]+\.ts$)/,
    mayImport: [/^infra\//, sharedNames, reconcileShapes, counting, packages],
    rule: 'command lines, replay and console take from src the shared names, the shape of a reconcile report and the rules (for the recount): the bundles do the counting',
  },
  {
    files: /^infra\/local\/workflow\//,
    mayImport: [/^infra\//, sharedNames, reconcileShapes, packages],
    rule: 'the workflow takes from src the shared names and the shape of a reconcile report: it runs the bundles',
  },
  {
    files: /^infra\/local\//,
    mayImport: [/^infra\//, sharedNames, packages],
    rule: 'infra/local takes from src only the shared names: it runs the bundles',
  },
];

/** Bottom first. Each imports what lies below it, and itself; files that are not named are command lines, on top. */
const localLayers: readonly (readonly string[])[] = [
  ['engine', 'queue', 'faults'],
  ['function'],
  ['pipe', 'workflow'],
  ['stack'],
  ['http-api'],
  ['local-run.ts'],
  ['replay'],
  ['console'],
];

/** One line for each import that points the wrong way, saying what is allowed instead; empty when all is well. */
export function importViolations(
  files: readonly string[],
  imports: readonly SourceImport[],
): readonly string[] {
  const strangers = files
    .filter((file) => zoneOf(file) === undefined || localLayerOf(file) === 'unknown')
    .map((file) => `${file} belongs to no zone: name its zone in test/support/import-rules.ts`);
  const wrong = imports.flatMap(({ from, to }) => {
    const rule = brokenRule(from, to);
    return rule === undefined ? [] : [`${from} imports ${to}: ${rule}`];
  });
  return [...strangers, ...wrong].toSorted();
}

function brokenRule(from: string, to: string): string | undefined {
  const zone = zoneOf(from);
  if (zone !== undefined && !zone.mayImport.some((allowed) => allowed.test(to))) return zone.rule;
  const [fromLayer, toLayer] = [localLayerOf(from), localLayerOf(to)];
  if (typeof fromLayer !== 'number' || typeof toLayer !== 'number') return undefined;
  if (fromLayer > toLayer || localPart(from) === localPart(to)) return undefined;
  return 'infra/local points down only: command lines → console → replay → local-run.ts → stack → pipe, workflow → function → engine, queue, faults';
}

const zoneOf = (file: string): Zone | undefined => zones.find(({ files }) => files.test(file));

/** `engine` of infra/local/emulator/engine/engine.ts; undefined outside infra/local. */
const localPart = (path: string): string | undefined => /^infra\/local\/([^/]+)/.exec(path)?.[1];

function localLayerOf(path: string): number | 'unknown' | undefined {
  const part = localPart(path);
  // Anything may ask for the right Node first.
  if (part === undefined || part === 'require-node.ts') return undefined;
  const layer = localLayers.findIndex((parts) => parts.includes(part));
  if (layer !== -1) return layer;
  return part.endsWith('.ts') ? localLayers.length : 'unknown';
}
