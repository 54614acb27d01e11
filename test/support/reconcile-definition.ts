/** The definition of the reconcile workflow as deployed: the file's text with its placeholders replaced. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JsonObject, objectOf } from './synthesized-template.ts';

export const definitionFile = join(import.meta.dirname, '../../state-machines/reconcile.asl.json');

/** Each function is named after its stage: `plan`, `redrive`, `heal`, `decide`, `audit`, `report`. */
export const substitutions: Readonly<Record<string, string>> = {
  PlanFunctionArn: 'plan',
  RedriveFunctionArn: 'redrive',
  DigestFunctionArn: 'digest',
  HealFunctionArn: 'heal',
  DecideFunctionArn: 'decide',
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
      if (value === undefined) throw new Error(`There is no value for the placeholder ${placeholder}`);
      return value;
    },
  );
  return objectOf(JSON.parse(text));
}
