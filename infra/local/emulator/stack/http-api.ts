/** AWS::ApiGatewayV2::*: the settings of an HTTP API that sends every request to one Lambda function. */
import { partsOf, type LocalStack, type PartOf } from './parts.ts';
import { noPermissions, physicalName, type ResourceKind } from './resource-kind.ts';

/** The maximum and default time that an HTTP API waits for its integration (HTTP API quotas page). */
const timeoutMsDefault = 30_000;

export interface HttpApiSettings {
  readonly apiId: string;
  readonly accountId: string;
  readonly domainName: string;
  readonly functionArn: string;
  /** After this time, the API stops waiting for the function and responds itself. */
  readonly timeoutMs: number;
}

export const httpApi: ResourceKind = {
  ignoredProperties: {
    CorsConfiguration: 'pages of other origins are rejected here',
    DisableExecuteApiEndpoint: 'there is only one endpoint here',
    FailOnWarnings: 'there are no warnings here',
  },
  async make({ logicalId, properties }, context) {
    properties.oneOf('ProtocolType', ['HTTP']);
    const name = properties.optionalText('Name') ?? logicalId;
    const apiId = physicalName(context, logicalId);
    const domainName = `${apiId}.execute-api.${context.region}.amazonaws.com`;
    return {
      ref: apiId,
      attributes: { ApiId: apiId, ApiEndpoint: `https://${domainName}` },
      part: { kind: 'http-api', name, apiId, accountId: context.accountId, domainName },
    };
  },
};

export const httpApiIntegration: ResourceKind = {
  ignoredProperties: {
    CredentialsArn: noPermissions,
  },
  async make({ logicalId, properties }, context) {
    const integrationId = physicalName(context, logicalId);
    properties.oneOf('IntegrationType', ['AWS_PROXY']);
    if (properties.has('IntegrationMethod')) properties.oneOf('IntegrationMethod', ['POST']);
    // Format 1.0 has different events and responses.
    properties.oneOf('PayloadFormatVersion', ['2.0']);
    return {
      ref: integrationId,
      attributes: { IntegrationId: integrationId },
      part: {
        kind: 'http-integration',
        integrationId,
        apiId: properties.text('ApiId'),
        functionArn: properties.text('IntegrationUri'),
        timeoutMs: properties.optionalNumber('TimeoutInMillis') ?? timeoutMsDefault,
      },
    };
  },
};

const loopbackOnly = `${noPermissions}; the server listens on loopback only`;

export const httpApiRoute: ResourceKind = {
  ignoredProperties: {
    AuthorizationScopes: loopbackOnly,
    AuthorizationType: loopbackOnly,
    AuthorizerId: loopbackOnly,
    OperationName: 'it only documents the route',
  },
  async make({ logicalId, properties }, context) {
    const routeId = physicalName(context, logicalId);
    // The emulator does not have API Gateway's path matching, so it supports no other routes. The OPTIONS
    // route serves only preflights from other origins, which are rejected here.
    const key = properties.oneOf('RouteKey', ['$default', 'OPTIONS /{proxy+}']);
    const target = properties.text('Target');
    const integrationId = /^integrations\/(.+)$/.exec(target)?.[1];
    if (integrationId === undefined) {
      throw new Error(
        `The route ${logicalId} has the target ${target}: expected integrations/<id of an integration>`,
      );
    }
    const apiId = properties.text('ApiId');
    return {
      ref: routeId,
      attributes: { RouteId: routeId },
      ...(key === '$default' && { part: { kind: 'http-route', apiId, integrationId } }),
    };
  },
};

export const httpApiStage: ResourceKind = {
  ignoredProperties: {
    AccessLogSettings: 'requests are not logged here',
    AutoDeploy: 'the API always runs here as in the template',
    DefaultRouteSettings: 'there is no throttling here',
    RouteSettings: 'there is no throttling here',
  },
  async make({ properties }) {
    properties.text('ApiId');
    // Any other stage name would be the first segment of every path.
    const name = properties.oneOf('StageName', ['$default']);
    return { ref: name, attributes: {} };
  },
};

/** @throws when an API does not send every request to one function */
export function httpApisOf(stack: LocalStack): readonly HttpApiSettings[] {
  return partsOf(stack, 'http-api').map((api) => settingsOf(api, stack));
}

function settingsOf(api: PartOf<'http-api'>, stack: LocalStack): HttpApiSettings {
  const { apiId, accountId, domainName } = api;
  const [route, ...otherRoutes] = partsOf(stack, 'http-route').filter((part) => part.apiId === apiId);
  const integration = partsOf(stack, 'http-integration').find(
    (part) => part.apiId === apiId && part.integrationId === route?.integrationId,
  );
  if (route === undefined || integration === undefined || otherRoutes.length > 0) {
    throw new Error(
      `The HTTP API ${api.name} must have exactly one route with an integration: ` +
        'expected the route $default to a Lambda function',
    );
  }
  const { functionArn, timeoutMs } = integration;
  return { apiId, accountId, domainName, functionArn, timeoutMs };
}
