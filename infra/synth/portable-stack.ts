/**
 * A synthesized stack that deploys without the CDK and without `cdk bootstrap`: a parameter of the template
 * names the bucket with the code of the functions.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import type { SynthesizedStack } from '../synthesize.ts';

export interface PortableStack {
  readonly template: object;
  /** The zip files by name, such as `aggregator-3f2a….zip`. A name changes with its content. */
  readonly zips: ReadonlyMap<string, Uint8Array>;
}

interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters?: Readonly<Record<string, unknown>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

const parameters = {
  CodeBucket: {
    Type: 'String',
    Description: 'The S3 bucket, in the region of the stack, that holds the zip files of the functions',
  },
  CodePrefix: {
    Type: 'String',
    Default: '',
    Description: 'What the keys of the zip files begin with, such as favourite-counts/',
  },
};

/**
 * Every file in every zip has this date, so that the same code always makes the same zip. It is a local time,
 * because a zip stores local times.
 */
const ZIP_DATE = new Date(2000, 0, 1);

export function portableStack({ template, assemblyDirectory }: SynthesizedStack): PortableStack {
  const zips = new Map<string, Uint8Array>();
  const { Resources: resources, Parameters: _bootstrapVersion, ...rest } = template as Template;
  const portable = Object.entries(resources).map(([id, resource]) => {
    const { Metadata: metadata, ...withoutMetadata } = resource;
    const directory = metadata?.['aws:asset:path'];
    if (resource.Type !== 'AWS::Lambda::Function' || typeof directory !== 'string') {
      return [id, withoutMetadata] as const;
    }
    const zip = zipOf(join(assemblyDirectory, directory));
    const name = `${serviceOf(resource)}-${createHash('sha256').update(zip).digest('hex').slice(0, 16)}.zip`;
    zips.set(name, zip);
    const code = {
      S3Bucket: { Ref: 'CodeBucket' },
      S3Key: { 'Fn::Join': ['', [{ Ref: 'CodePrefix' }, name]] },
    };
    return [id, { ...withoutMetadata, Properties: { ...resource.Properties, Code: code } }] as const;
  });
  return {
    template: { ...rest, Parameters: parameters, Resources: Object.fromEntries(portable) },
    zips,
  };
}

/** The name of a function in logs and metrics, such as `reconcile-heal`. */
function serviceOf({ Properties: properties = {} }: Resource): string {
  const { Variables: variables } = properties['Environment'] as {
    readonly Variables: Readonly<Record<string, string>>;
  };
  return variables['POWERTOOLS_SERVICE_NAME'] ?? 'function';
}

function zipOf(directory: string): Uint8Array {
  const files = readdirSync(directory).toSorted();
  const contents = files.map((name) => [name, new Uint8Array(readFileSync(join(directory, name)))] as const);
  return zipSync(Object.fromEntries(contents), { level: 9, mtime: ZIP_DATE });
}
