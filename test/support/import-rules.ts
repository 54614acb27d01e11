/**
 * Which file may import which. Imports point one way: counting ← tables ← commit ← use-cases ← handlers ←
 * infra. A file that matches no zone is a violation too.
 */
import type { SourceImport } from './source-imports.ts';

interface Zone {
  readonly files: RegExp;
  /** Patterns for paths from the root and for package names. */
  readonly mayImport: readonly RegExp[];
  readonly rule: string;
}

const packages = /^(?!infra\/|src\/|test\/|\.)/;
/** Use-cases get clocks, timers and random numbers as parameters, so that a simulation can replace them. */
const packagesWithoutNode = /^(?!infra\/|src\/|test\/|\.|node:)/;
const counting = /^src\/counting\//;
const tables = /^src\/tables\//;
const commit = /^src\/commit\//;
const deadLetters = /^src\/dead-letters\//;
const lambda = /^src\/lambda\//;
/** Names and settings that the stack and the handlers share. */
const shared =
  /^src\/(client\/config|lambda\/(environment|settings|metrics)|tables\/schema|([^/]+\/)+environment)\.ts$/;
/** The shapes of a reconcile's input and report. */
const reconcileShapes = /^src\/reconcile\/(run|totals)\.ts$/;
const notHandler = '(?!.*\\bhandler\\.ts$)';

/** A file belongs to the first zone whose `files` matches it. */
const zones: readonly Zone[] = [
  {
    files: counting,
    mayImport: [counting],
    rule: 'the rules import only each other: no AWS, no Node, no I/O',
  },
  {
    files: /^src\/(tables\/schema|lambda\/metrics)\.ts$/,
    mayImport: [],
    rule: 'a list of names that the stack shares imports nothing',
  },
  {
    files: /^src\/([^/]+\/)+handler\.ts$/,
    mayImport: [new RegExp(`^src/${notHandler}`), packages],
    rule: 'a handler imports only from src, and no other handler',
  },
  { files: lambda, mayImport: [counting, lambda, packages], rule: 'src/lambda imports only src/counting' },
  { files: tables, mayImport: [counting, tables, packages], rule: 'tables import only src/counting' },
  {
    files: deadLetters,
    mayImport: [counting, deadLetters, lambda, packages],
    rule: 'dead letters import only src/counting and src/lambda',
  },
  {
    files: commit,
    mayImport: [counting, tables, commit, lambda, packagesWithoutNode],
    rule: 'the commit imports rules, tables and src/lambda: no use-case, no infra, no Node module',
  },
  {
    files: /^src\/client\//,
    mayImport: [
      /^src\/client\//,
      counting,
      tables,
      /^src\/lambda\/clock\.ts$/,
      /^@aws-sdk\/client-dynamodb$/,
    ],
    rule: 'the client runs in applications: it imports rules, tables, the clock and the SDK of DynamoDB',
  },
  ...[
    { folder: 'aggregator', uses: [] },
    // Redrive applies records through the aggregator's code.
    { folder: 'reconcile', uses: [/^src\/aggregator\/(?!.*\bhandler\.ts$)/] },
    { folder: 'api', uses: [/^src\/client\//] },
  ].map(({ folder, uses }) => ({
    files: new RegExp(`^src/${folder}/`),
    mayImport: [
      new RegExp(`^src/${folder}/${notHandler}`),
      ...uses,
      counting,
      tables,
      commit,
      deadLetters,
      lambda,
      packagesWithoutNode,
    ],
    rule: 'a use-case imports rules, tables, commit, dead letters, src/lambda, its own folder, no Node',
  })),
  {
    files: /^infra\/app\.ts$/,
    mayImport: [/^infra\/(?!local\/)/, /^infra\/local\/require-node\.ts$/, shared, counting, packages],
    rule: 'the CDK app imports infra, and only require-node.ts from infra/local',
  },
  {
    files: /^infra\/package\//,
    mayImport: [
      /^infra\/(?!local\/)/,
      /^infra\/local\/(require-node|console\/page-file(s|-names))\.ts$/,
      packages,
    ],
    rule: 'the build of the package imports of infra/local only the page and require-node.ts',
  },
  {
    files: /^infra\/(doctor|shadow)\//,
    mayImport: [/^infra\/(?!local\/)/, shared, counting, /^src\/tables\/dynamodb\//, packages],
    rule: 'the doctor and the shadow import what the stack may, and read tables with src/tables/dynamodb',
  },
  {
    files: /^infra\/(?!local\/)/,
    mayImport: [/^infra\/(?!local\/)/, shared, counting, packages],
    rule: 'the stack imports from src only names, settings and rules, and nothing from infra/local',
  },
  {
    files: /^infra\/local\/emulator\//,
    mayImport: [/^infra\/local\/emulator\//, packages],
    rule: 'the emulator runs any template, so it imports no code about favourites',
  },
  {
    files: /^infra\/local\/console\/page\//,
    mayImport: [
      /^infra\/local\/console\/page\//,
      /^infra\/local\/console\/protocol\.ts$/,
      counting,
      /^preact(\/hooks|\/jsx-runtime)?$/,
    ],
    rule: 'the page runs in the browser: it imports Preact, src/counting, its own files and protocol.ts',
  },
  {
    files: /^infra\/local\//,
    mayImport: [
      /^infra\//,
      shared,
      counting,
      reconcileShapes,
      /^src\/dead-letters\/dead-letter\.ts$/,
      packages,
    ],
    rule: 'infra/local imports from src only names, settings, rules and shapes, because it runs the bundles',
  },
];

/**
 * The lowest layer comes first. Each layer may import itself and the layers below it. Command lines are above
 * all listed layers.
 */
const localLayers: readonly (readonly string[])[] = [
  ['emulator/engine', 'emulator/queue', 'emulator/faults'],
  ['emulator/function'],
  ['emulator/pipe', 'emulator/workflow'],
  ['emulator/stack'],
  ['emulator/http-api'],
  ['invented-rows.ts', 'scratch-database.ts'],
  ['dead-letters.ts', 'local-reconcile.ts', 'poison'],
  ['local-run.ts'],
  ['replay'],
  ['console'],
];

/** Returns one line for each import that points the wrong way, with the rule that it breaks. */
export function importViolations(
  files: readonly string[],
  imports: readonly SourceImport[],
): readonly string[] {
  const strangers = files
    .filter((file) => zoneOf(file) === undefined || localLayerOf(file) === 'unknown')
    .map((file) => `${file} belongs to no zone: add it to one in test/support/import-rules.ts`);
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
  return (
    'infra/local imports only downwards: command lines → console → replay → local-run.ts → http-api → ' +
    'stack → pipe, workflow → function → engine, queue, faults'
  );
}

const zoneOf = (file: string): Zone | undefined => zones.find(({ files }) => files.test(file));

/** Returns the part of infra/local that contains the path, such as `emulator/engine` or `replay`. */
const localPart = (path: string): string | undefined =>
  /^infra\/local\/((?:emulator\/)?[^/]+)/.exec(path)?.[1];

function localLayerOf(path: string): number | 'unknown' | undefined {
  const part = localPart(path);
  // Every entry point imports require-node.ts first. All parts share the files right under emulator/.
  if (part === undefined || part === 'require-node.ts' || /^emulator\/.*\.ts$/.test(part)) return undefined;
  const layer = localLayers.findIndex((parts) => parts.includes(part));
  if (layer !== -1) return layer;
  return part.endsWith('.ts') ? localLayers.length : 'unknown';
}
