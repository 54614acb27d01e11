/**
 * `npm test` runs every check in turn, also after a failed check, shows how long each check took, and prints
 * the totals last.
 */
import '../../infra/local/require-node.ts';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type CheckOutcome, type JestReport, type JestTally, tallyJest, verdictOf } from './check-tally.ts';
import { endRunningChecks, runChild } from './child-check.ts';

const help = `npm test                     format, lint, types, synth, then all tests
npm test -- ARGUMENTS...     only the tests, with ARGUMENTS for Jest: a path (test/unit), -t NAME, ...

The last line is "N passed, N failed, N skipped". Each check before the tests counts as one, and so does a
test file that does not load. The exit status is 1 when anything failed or no test ran, and with CI=true also
when a test was skipped.
`;

const root = join(import.meta.dirname, '../..');
const binaries = join(root, 'node_modules/.bin');
const minuteMs = 60_000;
/** The slowest check takes seconds. */
const checkLimitMs = 4 * minuteMs;
/** CI has 25 minutes in total, installation included. */
const jestLimitMs = 20 * minuteMs;
/** The list of skipped tests is cut after this many, because -t makes Jest skip all other tests. */
const skippedShownMax = 60;

const workDirectory = mkdtempSync(join(tmpdir(), 'favourite-counts-checks-'));
const environment = {
  ...process.env,
  PATH: `${binaries}${delimiter}${process.env['PATH'] ?? ''}`,
  // A check must not depend on the network.
  CDK_DISABLE_VERSION_CHECK: 'true',
  CDK_DISABLE_CLI_TELEMETRY: 'true',
  ...(process.stderr.isTTY && process.env['NO_COLOR'] === undefined ? { FORCE_COLOR: '1' } : {}),
};
const checks: readonly (readonly [name: string, command: readonly [string, ...string[]]])[] = [
  ['format', ['biome', 'format']],
  ['lint', ['oxlint', '--type-aware', '--deny-warnings']],
  ['types', ['tsc', '--noEmit']],
  ['types of the page', ['tsc', '--noEmit', '--project', 'infra/local/console/page']],
  ['synth', ['cdk', 'synth', '--quiet', '--no-notices', '--output', join(workDirectory, 'cdk.out')]],
];
const skipReasons = new Set<string>();
let endedBy: NodeJS.Signals | undefined;

async function main(jestArguments: readonly string[]): Promise<number> {
  if (jestArguments.includes('--help')) {
    process.stdout.write(help);
    return 0;
  }
  const outcomes: CheckOutcome[] = [];
  for (const [name, [command, ...rest]] of jestArguments.length === 0 ? checks : []) {
    const exitStatus = await timed(name, () => run(command, rest, checkLimitMs));
    outcomes.push({ name, ok: exitStatus === 0 });
  }
  const jest = await runJest(jestArguments);
  if (endedBy !== undefined) {
    process.stderr.write(`${endedBy} ended the run before all checks were done.\n`);
    return endedBy === 'SIGINT' ? 130 : 143;
  }
  showSkipped(jest.skipped);
  const verdict = verdictOf(outcomes, jest, process.env['CI'] === 'true');
  for (const reason of verdict.reasons) process.stdout.write(`FAILED: ${reason}\n`);
  process.stdout.write(`${verdict.closingLine}\n`);
  return verdict.exitStatus;
}

async function runJest(jestArguments: readonly string[]): Promise<JestTally> {
  const reportFile = join(workDirectory, 'jest.json');
  const ownConfig = jestArguments.some((argument) => /^(-c|--config)(=|$)/.test(argument));
  const config = ownConfig ? [] : ['--config', join(root, 'test/jest.config.json')];
  const exitStatus = await timed('tests', () =>
    run('jest', [...config, '--json', '--outputFile', reportFile, ...jestArguments], jestLimitMs),
  );
  const { skipped, unattributed, ...counts } = tallyJest(
    endedBy === undefined ? readReport(reportFile) : undefined,
    exitStatus,
  );
  const fromRoot = (text: string): string => text.replaceAll(`${root}/`, '');
  return { ...counts, skipped: skipped.map(fromRoot), unattributed: unattributed.map(fromRoot) };
}

function readReport(path: string): JestReport | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JestReport;
  } catch (error) {
    process.stderr.write(`Jest's report cannot be read: ${String(error)}\n`);
    return undefined;
  }
}

async function timed(name: string, check: () => Promise<number>): Promise<number> {
  if (endedBy !== undefined) return 1;
  process.stdout.write(`== ${name}\n`);
  const startedMs = performance.now();
  const exitStatus = await check();
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`== ${name}: ${exitStatus === 0 ? 'ok' : 'FAILED'}, ${seconds} s\n`);
  return exitStatus;
}

function run(command: string, rest: readonly string[], timeLimitMs: number): Promise<number> {
  const onLine = (line: string): void => {
    const reason = /SKIPPED: .*/.exec(line)?.[0];
    if (reason !== undefined) skipReasons.add(reason);
  };
  return runChild({ command: join(binaries, command), arguments: rest, environment, timeLimitMs, onLine });
}

function showSkipped(skipped: readonly string[]): void {
  if (skipped.length === 0) return;
  const lines = skipped.slice(0, skippedShownMax).map((name) => `  ${name}`);
  if (skipped.length > skippedShownMax) lines.push(`  … and ${skipped.length - skippedShownMax} more`);
  process.stdout.write(
    ['', `!!! SKIPPED TESTS: ${skipped.length}`, ...lines, ...skipReasons, '', ''].join('\n'),
  );
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    endedBy = signal;
    endRunningChecks();
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} finally {
  rmSync(workDirectory, { recursive: true, force: true });
}
