/** Several FavouriteCounts in one account: no two resources share a name, and no metrics mix. */
import { describe, expect, it } from '@jest/globals';
import { CfnResource, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { FavouriteCounts } from '../../infra/constructs/favourite-counts.ts';
import { newApp } from '../support/likes-table.ts';

interface NamedResource {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** They name no resource, or one that another resource owns. */
const noNames = new Set([
  'AWS::ApiGatewayV2::Stage.StageName',
  'AWS::CloudWatch::Alarm.MetricName',
  'AWS::IAM::Policy.PolicyName',
]);

/** Two in one stack, one in another, one in a nested stack, one in a scope, and one in a stage of an app. */
function everywhere(): readonly FavouriteCounts[] {
  const app = newApp();
  const shop = new Stack(app, 'Shop');
  const scopes: readonly (readonly [scope: Construct, id: string])[] = [
    [shop, 'Likes'],
    [shop, 'Saves'],
    [new Stack(app, 'Blog'), 'Likes'],
    [new NestedStack(shop, 'Social'), 'Likes'],
    [new Construct(shop, 'Team'), 'Likes'],
    [new Stack(new Stage(app, 'Beta'), 'Shop'), 'Likes'],
  ];
  return scopes.map(([scope, id]) => new FavouriteCounts(scope, id, { api: {} }));
}

/** The resources of one construct as its template has them. */
function resourcesOf(counts: FavouriteCounts): readonly NamedResource[] {
  const stack = Stack.of(counts);
  const template = Template.fromStack(stack).toJSON() as {
    readonly Resources: Readonly<Record<string, { Type: string; Properties?: NamedResource['properties'] }>>;
  };
  return counts.node.findAll().flatMap((child) => {
    if (!CfnResource.isCfnResource(child)) return [];
    const { Type: type, Properties: properties = {} } =
      template.Resources[String(stack.resolve(child.logicalId))] ?? {};
    return type === undefined ? [] : [{ type, properties }];
  });
}

/** Every name that the template gives instead of CloudFormation, with its type. */
function givenNames({ type, properties }: NamedResource): readonly string[] {
  return (
    Object.entries(properties)
      .filter(([property]) => property.endsWith('Name') && !noNames.has(`${type}.${property}`))
      // A reference to another resource has the name of that resource.
      .filter(([, value]) => !/"(?:Ref|Fn::GetAtt)"/.test(JSON.stringify(value)))
      .map(([property, value]) => `${type}.${property} ${JSON.stringify(value)}`)
  );
}

describe('several FavouriteCounts in one account', () => {
  const all = everywhere().map((counts) => ({ name: counts.name, resources: resourcesOf(counts) }));

  it('have different names', () => {
    expect(all.map(({ name }) => name)).toEqual([
      'Shop-Likes',
      'Shop-Saves',
      'Blog-Likes',
      'Shop-Social-Likes',
      'Shop-Team-Likes',
      'Beta-Shop-Likes',
    ]);
  });

  it('give their name to an API, a dashboard and three log groups, and share none', () => {
    for (const { name, resources } of all) {
      expect(resources.flatMap(givenNames).toSorted()).toEqual([
        `AWS::ApiGatewayV2::Api.Name "${name}"`,
        `AWS::CloudWatch::Dashboard.DashboardName "${name}"`,
        `AWS::Logs::LogGroup.LogGroupName "/aws/vendedlogs/apis/${name}"`,
        `AWS::Logs::LogGroup.LogGroupName "/aws/vendedlogs/pipes/${name}"`,
        `AWS::Logs::LogGroup.LogGroupName "/aws/vendedlogs/states/${name}"`,
      ]);
    }
  });

  it('emit metrics, and ask for the lag, in a namespace of their own', () => {
    for (const { name, resources } of all) {
      const namespaces = Array.from(
        JSON.stringify(resources).matchAll(/"(?:POWERTOOLS_METRICS_NAMESPACE|MetricsNamespace)":"([^"]*)"/g),
        ([, namespace]) => namespace,
      );
      // Nine functions and the state machine.
      expect(namespaces).toEqual(Array.from({ length: 10 }, () => name));
    }
  });

  it('mention no other one, in alarms and dashboards neither', () => {
    for (const { name, resources } of all) {
      const text = JSON.stringify(resources);
      const mentioned = all.filter((other) =>
        new RegExp(String.raw`(?<![\w-])${other.name}(?![\w-])`).test(text),
      );
      expect(mentioned.map((other) => other.name)).toEqual([name]);
    }
  });
});
