/** Calls services of ministack that have no client in this repository. ministack checks no signature. */
import { account, region, type Ministack } from './ministack.ts';

export interface Call {
  /** Its name in signatures, such as `states`. */
  readonly service: string;
  /** The operation of a JSON protocol, such as `AWSStepFunctions.StartExecution`. */
  readonly target?: string;
  readonly path?: string;
  readonly method?: string;
  /** JSON, or the form of a query protocol. */
  readonly body?: string;
  readonly isSigned?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export async function call({ endpoint }: Pick<Ministack, 'endpoint'>, request: Call): Promise<Answer> {
  const { service, target, path = '/', method = target ? 'POST' : 'GET', body, isSigned = true } = request;
  const scope = `${account}/20260101/${region}/${service}/aws4_request`;
  const response = await fetch(`${endpoint}${path}`, {
    method,
    headers: {
      ...(isSigned && {
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      }),
      ...(target && { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' }),
      ...(!target && body?.startsWith('Action=') && { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    ...(body !== undefined && { body }),
  });
  return { status: response.status, text: await response.text() };
}

/** The JSON of a successful answer. @throws with the answer, if it is another */
export async function callForJson<T>(ministack: Pick<Ministack, 'endpoint'>, request: Call): Promise<T> {
  const { status, text } = await call(ministack, request);
  const name = request.target ?? `${request.service} ${request.path ?? ''}`;
  if (status >= 300) throw new Error(`${name} was answered by ${status}: ${text}`);
  return JSON.parse(text) as T;
}
