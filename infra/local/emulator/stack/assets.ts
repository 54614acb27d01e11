/** Finds the file of an S3 object that the template names, in the asset manifest of the cloud assembly. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject, objectOrEmpty } from '../json.ts';
import type { StackContext } from './resource-kind.ts';

/** Returns the path of the file or folder. @param owner the resource that uses it, for the error */
export async function assetPath(
  objectKey: string,
  owner: string,
  { assemblyDirectory, stackName }: StackContext,
): Promise<string> {
  const manifestFile = join(assemblyDirectory, `${stackName}.assets.json`);
  const manifest = objectOrEmpty(JSON.parse(await readFile(manifestFile, 'utf8')));
  for (const file of Object.values(objectOrEmpty(manifest['files']))) {
    const { source, destinations } = objectOrEmpty(file);
    const keys = Object.values(objectOrEmpty(destinations)).map((to) => objectOrEmpty(to)['objectKey']);
    if (!keys.includes(objectKey) || !isObject(source) || typeof source['path'] !== 'string') continue;
    return join(assemblyDirectory, source['path']);
  }
  throw new Error(`${owner} uses the asset ${objectKey}, which is not in ${manifestFile}: synthesize again`);
}
