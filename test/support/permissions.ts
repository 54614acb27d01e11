/** Every permission that a template grants, one by one: an action on a resource by a role. */
import {
  objectOf,
  resourcesOf,
  type SynthesizedTemplate,
  type TemplateResource,
} from './synthesized-template.ts';

export interface Permission {
  readonly role: unknown;
  readonly effect: unknown;
  readonly action: unknown;
  readonly resource: unknown;
  readonly condition?: unknown;
}

export const insideTransactionsOnly = {
  'ForAnyValue:StringEquals': { 'dynamodb:EnclosingOperation': ['TransactWriteItems'] },
};

/** @throws when a statement has an element that these fields do not cover */
export function permissionsOf(template: SynthesizedTemplate): readonly Permission[] {
  return resourcesOf(template, 'AWS::IAM::Policy').flatMap(permissionsOfPolicy);
}

/** The role's permissions as sorted texts such as `dynamodb:PutItem on TablesReconcileLease.Arn`. */
export function permissionTextsOf(permissions: readonly Permission[], role: string): readonly string[] {
  return permissions
    .filter((permission) => permission.role === role)
    .map(({ effect, action, resource, condition }) => {
      if (effect !== 'Allow') throw new Error(`${role} has a statement with the effect ${String(effect)}`);
      const on = `${String(action)} on ${typeof resource === 'string' ? resource : joined(resource)}`;
      if (condition === undefined) return on;
      const isTransaction = JSON.stringify(condition) === JSON.stringify(insideTransactionsOnly);
      return `${on} ${isTransaction ? 'in transactions' : `if ${JSON.stringify(condition)}`}`;
    })
    .toSorted();
}

function permissionsOfPolicy({ properties }: TemplateResource): readonly Permission[] {
  const { PolicyDocument: document, Roles: roles } = properties;
  return listOf(objectOf(document)['Statement']).flatMap((statement) => {
    const {
      Effect: effect,
      Action: actions,
      Resource: resources,
      Condition: condition,
      ...rest
    } = objectOf(statement);
    if (Object.keys(rest).length > 0)
      throw new Error(`A statement has unexpected elements: ${Object.keys(rest).join(', ')}`);
    return listOf(roles).flatMap((role) =>
      listOf(resources).flatMap((resource) =>
        listOf(actions).map((action) => ({
          role,
          effect,
          action,
          resource,
          ...(condition !== undefined && { condition }),
        })),
      ),
    );
  });
}

/** Writes `{"Fn::Join": ["", [a, b]]}` as `ab`. */
function joined(resource: unknown): string {
  const [delimiter, parts] = listOf(objectOf(resource)['Fn::Join']);
  return listOf(parts).map(String).join(String(delimiter));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
