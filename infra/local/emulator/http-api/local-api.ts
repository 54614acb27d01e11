/** The stack's HTTP API on this machine: it passes every request to one function, as API Gateway does. */
import { setTimeout as delay } from 'node:timers/promises';
import type { InvocationOutcome } from '../function/invocation.ts';
import type { HttpApiSettings } from '../stack/http-api.ts';
import { apiAnswer, serviceUnavailable } from './api-answer.ts';
import { apiEvent } from './api-event.ts';
import { problem, type Api, type ApiResponse } from './api.ts';

interface LocalApiOptions {
  readonly settings: HttpApiSettings;
  /** Invokes the API's function. Never rejects. */
  readonly invoke: (event: unknown) => Promise<InvocationOutcome>;
}

/**
 * Maximum number of execution environments. Each is a thread, and more of them would only wait for a core.
 */
const concurrencyMax = 8;

export function createLocalApi({ settings, invoke }: LocalApiOptions): Api {
  const limit = createLimit(concurrencyMax);
  return async (request) => {
    const event = apiEvent(request, { settings, nowMs: Date.now() });
    if (event === undefined) {
      return problem(400, 'The path must begin with a slash and be UTF-8, percent-encoded.');
    }
    return limit(() => apiAnswerWithin(settings.timeoutMs, invoke(event)));
  };
}

async function apiAnswerWithin(timeoutMs: number, outcome: Promise<InvocationOutcome>): Promise<ApiResponse> {
  const timer = new AbortController();
  const late = delay(timeoutMs, serviceUnavailable, { signal: timer.signal }).catch(() => serviceUnavailable);
  try {
    return await Promise.race([outcome.then(apiAnswer), late]);
  } finally {
    timer.abort();
  }
}

/** Runs at most `max` calls at a time. The others wait in the order in which they came. */
function createLimit(max: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = max;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // Pass the slot to the request that has waited longest, so that a new request cannot overtake it.
      if (next === undefined) free += 1;
      else next();
    }
  };
}
