/** Turns the function's outcome into the response of an HTTP API, payload format 2.0. */
import type { InvocationOutcome } from '../function/invocation.ts';
import { isObject } from '../json.ts';
import type { ApiResponse } from './api.ts';
import { problem } from './api.ts';

export function apiAnswer(outcome: InvocationOutcome): ApiResponse {
  if (outcome.kind === 'answer') return answerOf(outcome.payload) ?? internalServerError;
  if (outcome.kind === 'error' && outcome.errorType === 'RequestEntityTooLargeException') {
    return problem(413, 'The body is too large.');
  }
  return internalServerError;
}

/** The response of API Gateway when the function fails or returns an invalid response. */
const internalServerError: ApiResponse = jsonAnswer(500, { message: 'Internal Server Error' });

/** The response of API Gateway when the function takes too long. */
export const serviceUnavailable: ApiResponse = jsonAnswer(503, { message: 'Service Unavailable' });

function answerOf(payload: unknown): ApiResponse | undefined {
  // A payload without a status code is the whole body.
  if (!isObject(payload) || payload['statusCode'] === undefined) return jsonAnswer(200, payload);
  const { statusCode, headers = {}, body = '', isBase64Encoded = false } = payload;
  if (!isStatus(statusCode) || !isObject(headers) || typeof body !== 'string') return undefined;
  return {
    status: statusCode,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
    body: Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

function isStatus(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 200 && value <= 599;
}

function jsonAnswer(status: number, value: unknown): ApiResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(value) ?? 'null'),
  };
}
