/** The stack's HTTP API on this machine: every request goes to its one function, as API Gateway hands it over. */
import { setTimeout as delay } from 'node:timers/promises';
import type { InvocationOutcome } from '../function/invocation.ts';
import type { HttpApiSettings } from '../stack/http-api.ts';
import { apiAnswer, serviceUnavailable } from './api-answer.ts';
import { apiEvent } from './api-event.ts';
import type { Api, ApiResponse } from './api.ts';
import { problem } from './api.ts';
import { createSlots } from './slots.ts';

export interface LocalApiOptions {
  readonly settings: HttpApiSettings;
  /** Of the API's function. Never rejects. */
  readonly invoke: (event: unknown) => Promise<InvocationOutcome>;
}

/** Execution environments at once: each is a thread with a bundle of its own; more would only wait for a core. */
const concurrencyMax = 8;

export function createLocalApi({ settings, invoke }: LocalApiOptions): Api {
  const slots = createSlots(concurrencyMax);
  return async (request) => {
    const event = apiEvent(request, { settings, nowMs: Date.now() });
    if (event === undefined) {
      return problem(
        400,
        'The path cannot be read: expected one of UTF-8, percent-encoded, that begins with a slash.',
      );
    }
    return slots.run(async () => apiAnswerWithin(settings.timeoutMs, invoke(event)));
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
