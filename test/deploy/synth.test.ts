/**
 * Deploys what `favourite-counts synth --out` writes, by the commands of its DEPLOY.md, without the CDK: no
 * bootstrap, no assets, no CLI of the CDK.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { apiClient } from '../local/api-client.ts';
import { succeed } from '../support/run-program.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { writeEvents } from '../support/write-events.ts';
import { deployTemplate, runScript } from './commands.ts';
import { type DeployedStack, deployedStack } from './deployed-stack.ts';
import { type Ministack, startMinistack } from './ministack.ts';
import { describeWith } from './programs.ts';

const root = join(import.meta.dirname, '../..');
const BUCKET = 'templates-of-the-shop';

describeWith('ministack', ['ministack', 'aws'])('the template of favourite-counts synth', () => {
  const undo = new AsyncDisposableStack();
  let ministack: Ministack;
  let directory: string;
  let stack: DeployedStack;

  beforeAll(async () => {
    ministack = undo.use(await startMinistack());
    directory = join(undo.use(temporaryDirectory()).path, 'out');
    await synth(directory, ['--set', 'stackName=Shop', '--set', 'tables.keepOnDelete=false']);
    await runScript(ministack, `aws s3 mb s3://${BUCKET}`, root);
    const outputs = await deployTemplate(ministack, {
      directory,
      commands: commandsOf(directory).replace('BUCKET=your-bucket', `BUCKET=${BUCKET}`),
      stackName: 'Shop',
    });
    stack = undo.use(deployedStack(ministack, outputs));
  });
  afterAll(() => undo.disposeAsync());

  it('needs nothing of the CDK', () => {
    const template = readFileSync(join(directory, 'template.json'), 'utf8');
    expect(template).not.toMatch(/cdk|BootstrapVersion|aws:asset/i);
    expect(Object.keys((JSON.parse(template) as { readonly Parameters: object }).Parameters)).toEqual([
      'CodeBucket',
      'CodePrefix',
    ]);
  });

  it('is deployed: its functions count, its API answers, its state machine verifies', async () => {
    await writeEvents(stack, [
      { kind: 'mark', restaurantId: 'bistro', userId: 'ada', createdAt: '2026-01-02T12:00:00.000Z' },
    ]);
    const records = await stack.streamRecords();
    expect(await stack.invoke(await stack.aggregator(), records)).toEqual({ batchItemFailures: [] });
    expect(await apiClient(stack.request).ranking('ALL_TIME', 1)).toEqual([
      { restaurant_id: 'bistro', favourite_count: 1, rank: 1 },
    ]);
    expect(await stack.reconcile({ mode: 'verify', graceMs: 0 })).toMatchObject({ kind: 'succeeded' });
  });
});

/** Runs the sources of the command, as the package's `favourite-counts synth` runs their bundle. */
async function synth(out: string, more: readonly string[]): Promise<void> {
  const entry = join(root, 'infra/synth/synth.ts');
  await succeed([process.execPath, '--import', 'tsx', entry, '--out', out, ...more], { cwd: root });
}

/** The first block of commands in DEPLOY.md: those for CloudFormation. */
function commandsOf(directory: string): string {
  const page = readFileSync(join(directory, 'DEPLOY.md'), 'utf8');
  return /```bash\n([^]*?)```/.exec(page)?.[1] ?? '';
}
