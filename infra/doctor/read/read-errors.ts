/**
 * Says in one line why a request failed and what to do. It shows only the name of the SDK's error, because
 * the message may repeat the request.
 */
import { InputError } from '../../command-line/input-error.ts';

/** What the doctor may call. Those that are not needed are skipped if they are denied. */
export const actions = {
  needed: ['dynamodb:DescribeTable', 'dynamodb:Scan'],
  useful: [
    'dynamodb:DescribeTimeToLive',
    'dynamodb:DescribeStream',
    'dynamodb:DescribeKinesisStreamingDestination',
    'dynamodb:ListTables',
  ],
} as const;

export interface Asked {
  /** Such as `dynamodb:Scan`. */
  readonly action: string;
  readonly tableName: string;
  readonly endpoint: string | undefined;
}

export function isDenied(thrown: unknown): boolean {
  return nameOf(thrown).startsWith('AccessDenied');
}

export function isMissingTable(thrown: unknown): boolean {
  return nameOf(thrown) === 'ResourceNotFoundException';
}

export function nameOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown error';
  const code = (thrown as NodeJS.ErrnoException).code;
  return thrown.name === 'Error' || thrown.name === 'AggregateError' ? (code ?? thrown.message) : thrown.name;
}

export function readError(thrown: unknown, { action, tableName, endpoint }: Asked): InputError {
  return new InputError(explain(thrown, { action, tableName, endpoint }), { cause: thrown });
}

function explain(thrown: unknown, { action, tableName, endpoint }: Asked): string {
  const name = nameOf(thrown);
  const message = thrown instanceof Error ? thrown.message : '';
  if (isDenied(thrown)) {
    return (
      `AWS refused ${action} on ${tableName}. Use credentials whose policy allows ` +
      `${actions.needed.join(' and ')} on the table; --help lists what else is useful.`
    );
  }
  if (name === 'CredentialsProviderError') {
    return 'No AWS credentials were found. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';
  }
  if (/Region is missing/.test(message)) {
    return 'No AWS region is set. Give --region, for example --region eu-west-1, or set AWS_REGION.';
  }
  if (
    /^(?:UnrecognizedClient|InvalidSignature|ExpiredToken|InvalidClientTokenId|IncompleteSignature)/.test(
      name,
    )
  ) {
    return `AWS does not accept these credentials (${name}). Sign in again, or check AWS_PROFILE.`;
  }
  if (isUnreachable(thrown)) {
    const where = endpoint === undefined ? 'DynamoDB' : `the endpoint ${endpoint}`;
    const remedy = endpoint === undefined ? 'Check the network and --region.' : 'Start a DynamoDB there.';
    return `Nothing answers at ${where} (${name}). ${remedy}`;
  }
  if (/Throttling|ProvisionedThroughputExceeded|RequestLimitExceeded/.test(name)) {
    return `The table ${tableName} has no read capacity to spare (${name}). Try later, or with --sample 500.`;
  }
  return `${action} on ${tableName} failed with ${name}. Try again; if it fails again, check the table.`;
}

function isUnreachable(thrown: unknown): boolean {
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code ?? '';
  return (
    /^(?:ECONN|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|EPIPE|ERR_SSL|EPROTO)/.test(code) ||
    nameOf(thrown) === 'TimeoutError'
  );
}
