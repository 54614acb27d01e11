/**
 * The definition of the reconcile workflow as it is deployed: the file's text with its substitutions made.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JsonObject, objectOf } from './synthesized-template.ts';

export const definitionFile = join(import.meta.dirname, '../../state-machines/reconcile.asl.json');

/** The names of the functions are their stages: `plan`, `redrive`, `heal`, `audit`, `report`. */
export const substitutions: Readonly<Record<string, string>> = {
  PlanFunctionArn: 'plan',
  RedriveFunctionArn: 'redrive',
  HealFunctionArn: 'heal',
  AuditFunctionArn: 'audit',
  ReportFunctionArn: 'report',
  Concurrency: '3',
  MetricsNamespace: 'FavouriteCounts',
};

export function readDefinition(): JsonObject {
  const text = readFileSync(definitionFile, 'utf8').replaceAll(
    /\$\{(\w+)\}/g,
    (placeholder, name: string) => {
      const value = substitutions[name];
      if (value === undefined) throw new Error(`Nothing is known to put in place of ${placeholder}`);
      return value;
    },
  );
  return objectOf(JSON.parse(text));
}
