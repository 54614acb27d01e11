/** Names of constructs. They must differ, because metrics, dashboards and logs are named after them. */
import { Stack, Stage, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** `Shop-Likes` for the construct `Likes` in the stack `Shop`. */
export function defaultName(construct: Construct): string {
  let stack = Stack.of(construct);
  // The name of a nested stack is known only when it is deployed.
  while (stack.nestedStackParent !== undefined) stack = stack.nestedStackParent;
  const ids = construct.node.scopes.slice(stack.node.scopes.length).map(({ node }) => node.id);
  // The characters that a dashboard's name may have (CloudWatch API reference, PutDashboard).
  return [stack.stackName, ...ids].join('-').replaceAll(/[^A-Za-z0-9_-]/g, '-');
}

/** Allowed everywhere the name is used; the name of an API is the shortest (API Gateway, CreateApi). */
const allowed = /^[A-Za-z0-9_-]{1,128}$/;

/** One issue for a name that cannot be deployed. */
export function badName(name: unknown): readonly string[] {
  if (typeof name === 'string' && (Token.isUnresolved(name) || allowed.test(name))) return [];
  return [`name must be 1 to 128 letters, digits, - or _, not '${String(name)}'`];
}

type Named = Construct & { readonly name: string };

/**
 * One issue for each other construct of the class with the same name in the same account and region. Stages
 * without an environment are taken for different accounts, which their deployment chooses.
 */
export function sameNames(own: Named, Class: abstract new (...given: never[]) => Named): readonly string[] {
  const others = own.node.root.node
    .findAll()
    .filter((other): other is Named => other instanceof Class && other !== own)
    .filter(({ name }) => name === own.name && !Token.isUnresolved(name))
    .filter((other) => isSameEnvironment(own, other));
  return others.map(
    ({ node }) =>
      `name: ${own.name} is also the name of ${node.path}, so their metrics would mix: ` +
      'give one of them another name',
  );
}

function isSameEnvironment(one: Construct, other: Construct): boolean {
  const [{ account, region }, { account: otherAccount, region: otherRegion }] = [
    Stack.of(one),
    Stack.of(other),
  ];
  const isKnown = ![account, region, otherAccount, otherRegion].some((part) => Token.isUnresolved(part));
  if (isKnown) return account === otherAccount && region === otherRegion;
  return Stage.of(one) === Stage.of(other);
}
