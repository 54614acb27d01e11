/**
 * The synthesized template made on this machine: intrinsics resolved, tables on the engine, queues on the
 * queue server; functions, pipes, state machines and APIs as settings with which the caller starts them.
 */
import { objectOrEmpty } from '../json.ts';
import { resolveValue } from './intrinsics.ts';
import type { LocalStack } from './parts.ts';
import type { StackContext } from './resource-kind.ts';
import { inertKinds, resourceKinds } from './resource-kinds.ts';
import { StackResources } from './stack-resources.ts';
import { parseTemplate, type Template } from './template.ts';

/**
 * Idempotent: a table that a kept database has is used when it is what the template says.
 * @throws an error that names the resource, property or intrinsic function that is not supported
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

/** Before anything is made. */
function refuseUnknownTypes({ resources }: Template): void {
  const unknown = Object.entries(resources).filter(
    ([, { type }]) => resourceKinds[type] === undefined && inertKinds[type] === undefined,
  );
  if (unknown.length === 0) return;
  const named = unknown.map(([logicalId, { type }]) => `${logicalId} (${type})`).join(', ');
  throw new Error(
    `The emulator does not support the resource ${named}: ` +
      'extend infra/local/emulator/stack/resource-kinds.ts, or leave it out of the stack',
  );
}
