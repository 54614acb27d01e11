/**
 * The synthesized template as tests read it: resources by type, with logical ids that lack the CDK's hash.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../../infra/settings/settings.ts';
import { synthesize } from '../../infra/synthesize.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export interface TemplateResource {
  /** As in the construct: `TablesFavourites`, without the CDK's hash. */
  readonly name: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly deletionPolicy: unknown;
  readonly dependsOn: unknown;
}

export interface SynthesizedTemplate {
  /**
   * References are replaced by texts: `{"Ref": "TablesFavourites287C97F5"}` becomes `TablesFavourites`, and
   * an `Fn::GetAtt` becomes `TablesFavourites.Arn`.
   */
  readonly resources: readonly TemplateResource[];
  readonly outputs: JsonObject;
  /** The template file, unchanged. */
  readonly source: unknown;
  /** The size of every bundle's index.js. */
  readonly bundleBytes: readonly number[];
}

export function synthesizeTemplate(settings: Settings): SynthesizedTemplate {
  const outdir = mkdtempSync(join(tmpdir(), 'synthesized-'));
  try {
    const { template, assemblyDirectory } = synthesize({ settings, outdir });
    const { Resources: resources, Outputs: outputs } = objectOf(template);
    return {
      resources: Object.entries(objectOf(resources)).map(([id, resource]) =>
        resourceOf(id, objectOf(resource)),
      ),
      outputs: objectOf(readable(outputs)),
      source: template,
      bundleBytes: readdirSync(assemblyDirectory)
        .filter((name) => name.startsWith('asset.'))
        .map((name) => statSync(join(assemblyDirectory, name, 'index.js')).size),
    };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

export function resourcesOf(template: SynthesizedTemplate, type: string): readonly TemplateResource[] {
  return template.resources.filter((resource) => resource.type === type);
}

/** The only resource of its type, or the resource with that name. */
export function resourceNamed(template: SynthesizedTemplate, type: string, name?: string): TemplateResource {
  const found = resourcesOf(template, type).filter(
    (resource) => name === undefined || resource.name === name,
  );
  const [resource] = found;
  if (resource === undefined || found.length > 1) {
    throw new Error(`expected one resource ${type} ${name ?? ''}, found ${found.length}`);
  }
  return resource;
}

/** The environment variables of a function. */
export function variablesOf(properties: JsonObject): Readonly<Record<string, string>> {
  const variables = objectOf(objectOf(properties['Environment'])['Variables']);
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]));
}

/** The value at a path of keys and indexes, such as `['SourceParameters', 'FilterCriteria']`. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner === undefined ? undefined : objectOf(inner)[key]),
    value,
  );
}

export function objectOf(value: unknown): JsonObject {
  if (!isObject(value)) throw new TypeError(`${JSON.stringify(value)} is not an object`);
  return value;
}

/** The names of all intrinsic functions in the template. */
export function intrinsicsOf(value: unknown): ReadonlySet<string> {
  if (!isObject(value)) return new Set();
  return new Set(
    Object.entries(value).flatMap(([key, inner]) => [
      ...(key === 'Ref' || key.startsWith('Fn::') ? [key] : []),
      ...intrinsicsOf(inner),
    ]),
  );
}

function resourceOf(id: string, resource: JsonObject): TemplateResource {
  return {
    name: withoutHash(id),
    type: String(resource['Type']),
    properties: objectOf(readable(resource['Properties'])),
    deletionPolicy: resource['DeletionPolicy'],
    dependsOn: Array.isArray(resource['DependsOn']) ? resource['DependsOn'].map(String).map(withoutHash) : [],
  };
}

function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (!isObject(value)) return value;
  const { Ref: ref, 'Fn::GetAtt': attribute } = value;
  if (typeof ref === 'string') return withoutHash(ref);
  if (Array.isArray(attribute)) return `${withoutHash(String(attribute[0]))}.${String(attribute[1])}`;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]));
}

/** The stack of this repository has everything in the construct `Counts`. */
function withoutHash(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '').replace(/^Counts(?=[A-Z])/, '');
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null;
}
