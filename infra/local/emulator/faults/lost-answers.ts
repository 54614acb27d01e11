/**
 * The fault `lost-answer`: a transaction commits, but the client never gets the response. In half of the
 * cases, retries with the same ClientRequestToken get no response either. Without that, the SDK would always
 * hide the loss: its retry succeeds, because DynamoDB remembers the token.
 */
import type { FaultPlan } from './fault-plan.ts';

interface LostAnswer {
  readonly how: 'connection-ends' | 'internal-error';
  /** Call when the transaction has committed and its response was withheld. */
  happened(): void;
}

/**
 * More than the SDK's attempts. A client that keeps retrying with the token succeeds in the end, as on AWS.
 */
const LOSSES_PER_TOKEN_MAX = 12;
/**
 * Maximum number of tokens to remember. The oldest is removed first. AWS remembers a token for ten minutes.
 */
const TOKENS_MAX = 1_000;
const TOKEN_START = '"ClientRequestToken":"';

/**
 * `next` decides at random whether the response to this TransactWriteItems is lost. A retry of a request
 * marked to lose every response loses it without a roll.
 */
export function createLostAnswers(faults: FaultPlan): { next(body: Buffer): LostAnswer | undefined } {
  const lossesLeft = new Map<string, number>();
  const lose = (happened: () => void): LostAnswer => ({
    how: faults.random('lost-answer') < 0.5 ? 'connection-ends' : 'internal-error',
    happened,
  });
  return {
    next: (body) => {
      const token = lossesLeft.size > 0 ? tokenOf(body) : undefined;
      const left = token === undefined ? 0 : (lossesLeft.get(token) ?? 0);
      if (token !== undefined && left > 0) {
        lossesLeft.set(token, left - 1);
        return lose(() => {});
      }
      if (!faults.roll('lost-answer')) return undefined;
      const isForEveryRetry = faults.random('lost-answer') < 0.5;
      return lose(() => {
        faults.happened('lost-answer');
        const lostToken = isForEveryRetry ? tokenOf(body) : undefined;
        if (lostToken !== undefined) remember(lostToken);
      });
    },
  };

  function remember(token: string): void {
    lossesLeft.set(token, LOSSES_PER_TOKEN_MAX);
    if (lossesLeft.size <= TOKENS_MAX) return;
    const [oldest] = lossesLeft.keys();
    if (oldest !== undefined) lossesLeft.delete(oldest);
  }
}

/**
 * Finds the token without parsing the body. A value cannot contain this text, because its quotes would be
 * escaped, so the match is the real token.
 */
function tokenOf(body: Buffer): string | undefined {
  const start = body.indexOf(TOKEN_START);
  if (start < 0) return undefined;
  const end = body.indexOf('"', start + TOKEN_START.length);
  return body.toString('utf8', start + TOKEN_START.length, end);
}
