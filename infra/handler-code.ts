/** The code of each Lambda function, bundled when a stack is synthesized. */
import { join } from 'node:path';
import { bundleHandler } from './bundle-handler.ts';

const source = join(import.meta.dirname, '../src');

/** The modules that export `handler`. */
export const handlerEntries = {
  aggregator: join(source, 'aggregator/handler.ts'),
  api: join(source, 'api/handler.ts'),
  plan: join(source, 'reconcile/plan/handler.ts'),
  digest: join(source, 'reconcile/digest/handler.ts'),
  redrive: join(source, 'reconcile/redrive/handler.ts'),
  heal: join(source, 'reconcile/heal/handler.ts'),
  decide: join(source, 'reconcile/decide/handler.ts'),
  audit: join(source, 'reconcile/audit/handler.ts'),
  report: join(source, 'reconcile/report/handler.ts'),
} as const;

export type HandlerName = keyof typeof handlerEntries;

/**
 * The directory whose `index.js` exports `handler`.
 * @param outdir where it may be written; emptied first
 */
export function handlerDirectory(handler: HandlerName, outdir: string): string {
  return bundleHandler({ entry: handlerEntries[handler], outdir });
}
