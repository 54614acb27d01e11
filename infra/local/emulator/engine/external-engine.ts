import type { StartedEngine } from './engine.ts';

const REACH_TIMEOUT_MS = 5_000;

/** Takes a DynamoDB endpoint that somebody else runs; only checks that something answers there. */
export async function connectExternal(endpoint: string): Promise<StartedEngine> {
  const url = URL.parse(endpoint);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Error(
      `The endpoint ${JSON.stringify(endpoint)} is not an http or https URL. Example: http://127.0.0.1:8000`,
    );
  }
  try {
    // Any answer will do: without a signature a DynamoDB endpoint refuses the request, which is an answer too.
    const answer = await fetch(url, { method: 'POST', signal: AbortSignal.timeout(REACH_TIMEOUT_MS) });
    await answer.body?.cancel();
  } catch (cause) {
    throw new Error(
      `Nothing answers at the endpoint ${endpoint}. Start a DynamoDB there, or leave --endpoint away for the embedded engine.`,
      { cause },
    );
  }
  return {
    name: 'external',
    endpoint: url.href.replace(/\/$/, ''),
    died: new Promise(() => undefined),
    afterTablesCreated: async () => undefined,
    stop: async () => undefined,
  };
}
