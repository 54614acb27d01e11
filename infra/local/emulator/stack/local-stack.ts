/**
 * The synthesized template made on this machine: intrinsics resolved, tables on the engine, queues on the queue
 * server; functions and pipes as the settings with which the local run starts them.
 */
import { inertKinds, resourceKinds } from './resource-kinds.ts';
import { resolveValue } from './intrinsics.ts';
import { objectOrEmpty } from '../json.ts';
import type { StackContext, StackPart } from './resource-kind.ts';
import { StackResources } from './stack-resources.ts';
import { parseTemplate, type Template } from './template.ts';

export interface LocalStack {
  readonly outputs: Readonly<Record<string, string>>;
  readonly parts: readonly StackPart[];
}

/**
 * Idempotent: what a kept database already has is used as it is, once it is known to be what the template says.
 * @throws an error that names the resource, property or intrinsic function which is not understood
 */
export async function makeLocalStack(o: {
  readonly template: unknown;
  readonly context: StackContext;
}): Promise<LocalStack> {
  const template = parseTemplate(o.template);
  refuseUnknownTypes(template);
  const stack = new StackResources(template, o.context);
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

/** All at once and before anything is made. */
function refuseUnknownTypes({ resources }: Template): void {
  const unknown = Object.entries(resources).filter(
    ([, { type }]) => resourceKinds[type] === undefined && inertKinds[type] === undefined,
  );
  if (unknown.length === 0) return;
  const named = unknown.map(([logicalId, { type }]) => `${logicalId} (${type})`).join(', ');
  throw new Error(
    `The local run does not understand the resource ${named}: extend infra/local/emulator/stack/resource-kinds.ts, or leave it out of the stack`,
  );
}
