/** The code of each Lambda function in the installed package, in place of infra/handler-code.ts. */
import { join } from 'node:path';
import type { HandlerName } from '../../handler-code.ts';

export type { HandlerName } from '../../handler-code.ts';

/** The directory whose `index.js` exports `handler`; the build of the package has written it. */
export function handlerDirectory(handler: HandlerName, _outdir: string): string {
  return join(import.meta.dirname, 'handlers', handler);
}
