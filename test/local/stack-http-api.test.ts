import { describe, expect, it } from '@jest/globals';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { httpApisOf } from '../../infra/local/emulator/stack/http-api.ts';
import type { JsonObject } from '../../infra/local/emulator/json.ts';
import { makeLocalStack } from '../../infra/local/emulator/stack/local-stack.ts';

const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:api';

/** An HTTP API as the CDK synthesizes it, with one function for every request. */
const resources = {
  Api: {
    Type: 'AWS::ApiGatewayV2::Api',
    Properties: { Name: 'api', ProtocolType: 'HTTP', CorsConfiguration: { AllowOrigins: ['https://a'] } },
  },
  Integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: { Ref: 'Api' },
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: functionArn,
      PayloadFormatVersion: '2.0',
    },
  },
  Authorizer: { Type: 'AWS::ApiGatewayV2::Authorizer', Properties: { ApiId: { Ref: 'Api' } } },
  Route: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      ApiId: { Ref: 'Api' },
      AuthorizationType: 'JWT',
      AuthorizerId: { Ref: 'Authorizer' },
      RouteKey: '$default',
      Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
    },
  },
  Log: { Type: 'AWS::Logs::LogGroup' },
  Stage: {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: {
      ApiId: { Ref: 'Api' },
      AutoDeploy: true,
      StageName: '$default',
      AccessLogSettings: { DestinationArn: { 'Fn::GetAtt': ['Log', 'Arn'] } },
      DefaultRouteSettings: { ThrottlingRateLimit: 100 },
    },
  },
  Alarm: { Type: 'AWS::CloudWatch::Alarm' },
  Dashboard: { Type: 'AWS::CloudWatch::Dashboard' },
};

type LogicalId = keyof typeof resources;

function make(changed: JsonObject, outputs: JsonObject = {}) {
  return makeLocalStack({
    template: { Resources: changed, Outputs: outputs },
    context: {
      stackName: 'Stack',
      namePrefix: 'Stack',
      region: 'us-east-1',
      accountId: '000000000000',
      assemblyDirectory: '/nowhere',
      dynamoDb: new DynamoDBClient({ region: 'us-east-1' }),
      queues: {
        createQueue: () => {
          throw new Error('There is no queue in this template');
        },
      },
    },
  });
}

function withProperties(logicalId: LogicalId, changes: JsonObject): JsonObject {
  const resource = resources[logicalId];
  const properties = 'Properties' in resource ? resource.Properties : {};
  return { ...resources, [logicalId]: { ...resource, Properties: { ...properties, ...changes } } };
}

describe('the HTTP API of a local stack', () => {
  it('invokes the function of its only route', async () => {
    const stack = await make(resources);

    expect(httpApisOf(stack)).toEqual([
      {
        apiId: 'Stack-Api',
        accountId: '000000000000',
        domainName: 'Stack-Api.execute-api.us-east-1.amazonaws.com',
        functionArn,
        timeoutMs: 30_000,
      },
    ]);
  });

  it('has a URL that an output can use', async () => {
    const stack = await make(resources, { Url: { Value: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] } } });

    expect(stack.outputs['Url']).toBe('https://Stack-Api.execute-api.us-east-1.amazonaws.com');
  });

  it('is absent from a stack without an API', async () => {
    expect(httpApisOf(await make({}))).toEqual([]);
  });

  it('is one of several, each with the function of its own route', async () => {
    const other = JSON.parse(
      JSON.stringify(resources).replaceAll('"Api"', '"Other"').replaceAll(functionArn, `${functionArn}-2`),
    ) as typeof resources & { readonly Other: JsonObject };
    const stack = await make({
      ...resources,
      Other: other.Other,
      OtherIntegration: other.Integration,
      OtherRoute: {
        ...other.Route,
        Properties: {
          ...other.Route.Properties,
          Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'OtherIntegration' }]] },
        },
      },
    });

    expect(httpApisOf(stack)).toMatchObject([
      { apiId: 'Stack-Api', functionArn },
      { apiId: 'Stack-Other', functionArn: `${functionArn}-2` },
    ]);
  });

  it.each<[string, LogicalId, JsonObject, string]>([
    ['a WebSocket API', 'Api', { ProtocolType: 'WEBSOCKET' }, 'ProtocolType: expected HTTP'],
    ['a body of its own', 'Api', { Body: {} }, 'Api (AWS::ApiGatewayV2::Api).Body'],
    ['the older payload', 'Integration', { PayloadFormatVersion: '1.0' }, 'expected 2.0, got "1.0"'],
    ['another integration', 'Integration', { IntegrationType: 'HTTP_PROXY' }, 'expected AWS_PROXY'],
    ['a route of its own', 'Route', { RouteKey: 'GET /x' }, 'RouteKey: expected $default'],
    ['a route to nowhere', 'Route', { Target: 'elsewhere' }, 'has the target elsewhere'],
    ['a stage with a path', 'Stage', { StageName: 'v1' }, 'StageName: expected $default'],
  ])('is refused with %s', async (_, logicalId, changes, message) => {
    await expect(make(withProperties(logicalId, changes))).rejects.toThrow(message);
  });

  it('ignores the route of preflights', async () => {
    const { Properties: properties, Type } = resources.Route;
    const preflights = { Type, Properties: { ...properties, RouteKey: 'OPTIONS /{proxy+}' } };
    expect(httpApisOf(await make({ Preflights: preflights, ...resources }))).toMatchObject([{ functionArn }]);
  });

  it('is refused when no route leads to a function', async () => {
    const { Route: _, ...withoutRoute } = resources;

    const none = await make(withoutRoute);
    expect(() => httpApisOf(none)).toThrow('must have exactly one route with an integration');
  });
});
