/** Runs ministack, an emulator of AWS, on 127.0.0.1. All its files are in a temporary directory. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startTiedProcess } from '../../infra/local/emulator/engine/tied-process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { programOf } from './programs.ts';

export const account = '111111111111';
export const region = 'eu-west-1';

const leaveOutAtExit = pathToFileURL(join(import.meta.dirname, 'leave-out-at-exit.ts')).href;

/** It starts in half a second on an idle machine. */
const START_TIMEOUT_MS = 60_000;

export interface Ministack extends AsyncDisposable {
  readonly endpoint: string;
  /**
   * The environment of programs such as `cdk` and `aws`, without the AWS settings of this machine. Its PATH
   * has an `aws` for ministack.
   */
  readonly environment: NodeJS.ProcessEnv;
}

export async function startMinistack(): Promise<Ministack> {
  const directory = temporaryDirectory();
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  // ministack runs functions with the `node` of its PATH.
  const path = [join(directory.path, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter);
  const ours = { ...withoutAws(), PATH: path };
  addAwsCommand(join(directory.path, 'bin'), endpoint);
  const child = startTiedProcess({
    command: programOf('ministack', 'ministack'),
    args: [],
    cwd: directory.path,
    env: {
      ...ours,
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_ACCOUNT_ID: account,
      MINISTACK_REGION: region,
      TMPDIR: directory.path,
      STATE_DIR: join(directory.path, 'state'),
      S3_DATA_DIR: join(directory.path, 's3'),
    },
  });
  const dispose = async (): Promise<void> => {
    await child.stop();
    directory[Symbol.dispose]();
  };
  if ((await child.waitForOutput(/Running on http/, START_TIMEOUT_MS)) === undefined) {
    await dispose();
    throw new Error(`ministack did not start (${await child.ended}): ${child.lastOutput()}`);
  }
  return {
    endpoint,
    environment: { ...ours, ...awsVariables(endpoint), NODE_OPTIONS: `--import ${leaveOutAtExit}` },
    [Symbol.asyncDispose]: dispose,
  };
}

/** Adds an `aws` that talks to ministack with every service: its SQS ignores AWS_ENDPOINT_URL. */
function addAwsCommand(directory: string, endpoint: string): void {
  mkdirSync(directory);
  const command = `exec "${programOf('ministack', 'aws')}" --endpoint-url ${endpoint} "$@"`;
  writeFileSync(join(directory, 'aws'), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
}

function awsVariables(endpoint: string) {
  return {
    AWS_ENDPOINT_URL: endpoint,
    // ministack takes the account from the key, and checks no signature.
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    CDK_DEFAULT_ACCOUNT: account,
    CDK_DEFAULT_REGION: region,
    // Options of the CDK: nobody is there to approve, and nothing is fetched from outside.
    CDK_REQUIRE_APPROVAL: 'never',
    CDK_NOTICES: 'false',
    CDK_DISABLE_VERSION_CHECK: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    // No profile of this machine is read.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

function withoutAws(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS|CDK)_/.test(name)));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port was found');
  return address.port;
}
