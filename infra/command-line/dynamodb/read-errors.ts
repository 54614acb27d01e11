/**
 * Says in one line why a request failed and what to do. It shows only the name of the SDK's error, because
 * the message may repeat the request.
 */
import { InputError } from '../input-error.ts';

/** What a command says about errors that depend on what it reads. */
export interface Remedies {
  /** Follows `AWS refused ACTION on TABLE.` */
  readonly denied: string;
  /** Follows `The table has no read capacity to spare.` */
  readonly throttled: string;
}

export interface Asked {
  /** Such as `dynamodb:Scan`. */
  readonly action: string;
  readonly tableName: string;
  readonly endpoint: string | undefined;
  readonly remedies: Remedies;
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

export function readError(thrown: unknown, asked: Asked): InputError {
  return new InputError(explain(thrown, asked), { cause: thrown });
}

function explain(thrown: unknown, { action, tableName, endpoint, remedies }: Asked): string {
  const name = nameOf(thrown);
  const message = thrown instanceof Error ? thrown.message : '';
  if (isDenied(thrown)) {
    return `AWS refused ${action} on ${tableName}. ${remedies.denied}`;
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
    return `The table ${tableName} has no read capacity to spare (${name}). ${remedies.throttled}`;
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
