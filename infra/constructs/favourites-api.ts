/**
 * The HTTP API. Every request goes to one function, which routes it by path. Every route requires IAM or a
 * JWT, as the settings say. The access log has no path and no caller, because they identify a user.
 */
import { Stack } from 'aws-cdk-lib';
import { CfnApi, CfnAuthorizer, CfnIntegration, CfnRoute, CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { isDefaultSource } from '../../src/counting/source/source.ts';
import { apiVariables } from '../../src/lambda/settings.ts';
import type { Settings } from '../settings/settings.ts';
import { servedSettings } from '../settings/served.ts';
import { LambdaFunction } from './lambda-function.ts';
import { createLogGroup } from './log-group.ts';
import type { Tables } from './tables.ts';

export interface FavouritesApiProps {
  readonly name: string;
  readonly settings: Settings;
  readonly tables: Tables;
  readonly resources: Readonly<Record<string, string>>;
}

/** What HTTP API logs for each request: no path, query, caller or address, because they identify a person. */
const accessLogFormat = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  method: '$context.httpMethod',
  status: '$context.status',
  responseBytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  integrationStatus: '$context.integration.status',
  integrationLatencyMs: '$context.integration.latency',
  error: '$context.error.responseType',
};

/**
 * Headers that a web page may send: those for a token or a SigV4 signature, and content-type, which clients
 * send even with an empty body.
 */
const corsHeaders = [
  'authorization',
  'content-type',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
];
/** How long a browser may cache a preflight; browsers allow a day at most. */
const corsMaxAgeSeconds = 3600;

export class FavouritesApi extends Construct {
  readonly apiId: string;
  readonly url: string;
  readonly functionName: string;

  constructor(scope: Construct, id: string, props: FavouritesApiProps) {
    super(scope, id);
    const { settings } = props;
    const { corsOrigins } = settings.api;
    const handler = this.#handler(props);
    const api = new CfnApi(this, 'Api', {
      name: props.name,
      description: 'Favourites and their counts',
      protocolType: 'HTTP',
      ...(corsOrigins.length > 0 && { corsConfiguration: cors(corsOrigins) }),
    });
    this.apiId = api.ref;
    this.url = api.attrApiEndpoint + settings.api.basePath;
    this.functionName = handler.functionName;

    const target = `integrations/${this.#integration(handler).ref}`;
    new CfnRoute(this, 'Route', {
      apiId: this.apiId,
      routeKey: '$default',
      target,
      ...this.#authorization(settings.api.authorization),
    });
    if (corsOrigins.length > 0) this.#preflightRoute(target);
    this.#stage(props);
  }

  #handler({ name, settings, tables, resources }: FavouritesApiProps): LambdaFunction {
    const handler = new LambdaFunction(this, 'Handler', {
      description: 'API: favourites of users, counts and ranking of restaurants',
      service: 'api',
      handler: 'api',
      name,
      variables: apiVariables,
      settings: { ...settings, ...servedSettings(settings) },
      resources,
      size: settings.api,
    });
    if (isDefaultSource(settings.source)) tables.grantMark(handler);
    tables.grantReadCounts(handler);
    return handler;
  }

  #integration(handler: LambdaFunction): CfnIntegration {
    const stack = Stack.of(this);
    new CfnPermission(this, 'Permission', {
      action: 'lambda:InvokeFunction',
      functionName: handler.arn,
      principal: 'apigateway.amazonaws.com',
      // This API, on any of its stages and routes.
      sourceArn: stack.formatArn({ service: 'execute-api', resource: this.apiId, resourceName: '*/*' }),
    });
    return new CfnIntegration(this, 'Integration', {
      apiId: this.apiId,
      integrationType: 'AWS_PROXY',
      integrationUri: handler.arn,
      payloadFormatVersion: '2.0',
    });
  }

  #authorization({ kind, issuer, audience }: Settings['api']['authorization']) {
    if (kind === 'IAM') return { authorizationType: 'AWS_IAM' };
    const authorizer = new CfnAuthorizer(this, 'Authorizer', {
      apiId: this.apiId,
      name: 'jwt',
      authorizerType: 'JWT',
      identitySource: ['$request.header.Authorization'],
      jwtConfiguration: { ...(issuer !== undefined && { issuer }), audience: [...audience] },
    });
    return { authorizationType: 'JWT', authorizerId: authorizer.ref };
  }

  /**
   * A preflight carries no credentials, but $default requires them. So preflights need this more specific
   * route (API Gateway guide, "CORS for HTTP APIs"). API Gateway answers preflights itself; the handler
   * answers 405 to every other OPTIONS request.
   */
  #preflightRoute(target: string): void {
    new CfnRoute(this, 'PreflightRoute', {
      apiId: this.apiId,
      routeKey: 'OPTIONS /{proxy+}',
      target,
      authorizationType: 'NONE',
    });
  }

  #stage({ name, settings: { api, logs } }: FavouritesApiProps): void {
    const log = createLogGroup(this, { settings: logs, deliveredBy: { service: 'apis', name } });
    new CfnStage(this, 'Stage', {
      apiId: this.apiId,
      stageName: '$default',
      autoDeploy: true,
      defaultRouteSettings: {
        throttlingRateLimit: api.requestsPerSecondMax,
        throttlingBurstLimit: api.requestsBurstMax,
      },
      accessLogSettings: { destinationArn: log.logGroupArn, format: JSON.stringify(accessLogFormat) },
    });
  }
}

function cors(origins: readonly string[]): CfnApi.CorsProperty {
  return {
    allowOrigins: [...origins],
    allowMethods: ['DELETE', 'GET', 'PUT'],
    allowHeaders: corsHeaders,
    exposeHeaders: ['retry-after'],
    maxAge: corsMaxAgeSeconds,
  };
}
