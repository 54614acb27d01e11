/**
 * Creates the resources of a synthesized template on this machine: it resolves the intrinsics, creates the
 * tables on the engine and the queues on the queue server, and returns the settings of the functions, pipes,
 * state machines and APIs, which the caller starts.
 */
import { objectOrEmpty } from '../json.ts';
import { resolveValue } from './intrinsics.ts';
import type { LocalStack } from './parts.ts';
import type { StackContext } from './resource-kind.ts';
import { inertKinds, resourceKinds } from './resource-kinds.ts';
import { StackResources } from './stack-resources.ts';
import { parseTemplate, type Template } from './template.ts';

/**
 * Idempotent: it uses existing tables if they match the template.
 * @throws an error that names an unsupported resource, property or intrinsic function
 */
export async function makeLocalStack(options: {
  readonly template: unknown;
  readonly context: StackContext;
}): Promise<LocalStack> {
  const template = parseTemplate(options.template);
  refuseUnknownTypes(template);
  const stack = new StackResources(template, options.context);
  const resources = await stack.makeAll();
  const scope = stack.scope('Outputs');
  const outputs = await Promise.all(
    Object.entries(template.outputs).map(async ([name, output]) => {
      const value = await resolveValue(objectOrEmpty(output)['Value'], scope, `Outputs.${name}`);
      return [name, typeof value === 'string' ? value : JSON.stringify(value)] as const;
    }),
  );
  return {
    outputs: Object.fromEntries(outputs),
    parts: resources.flatMap(({ part }) => (part === undefined ? [] : [part])),
  };
}

/** Call before any resource is created. */
function refuseUnknownTypes({ resources }: Template): void {
  const unknown = Object.entries(resources).filter(
    ([, { type }]) => resourceKinds[type] === undefined && inertKinds[type] === undefined,
  );
  if (unknown.length === 0) return;
  const named = unknown.map(([logicalId, { type }]) => `${logicalId} (${type})`).join(', ');
  throw new Error(
    `The emulator does not support the resource ${named}: ` +
      'add it to infra/local/emulator/stack/resource-kinds.ts, or remove it from the stack',
  );
}
