/**
 * The HTTP API. Every request goes to one function, which routes it by path. Every route requires IAM or a
 * JWT, as the settings say. The access log has no path and no caller, because they identify a user.
 */
import { join } from 'node:path';
import { Stack, Validations } from 'aws-cdk-lib';
import { CfnApi, CfnAuthorizer, CfnIntegration, CfnRoute, CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { isDefaultSource } from '../../src/counting/source/source.ts';
import { windowKinds } from '../../src/counting/time-window.ts';
import { apiVariables } from '../../src/lambda/settings.ts';
import type { Settings } from '../settings/settings.ts';
import { LambdaFunction } from './lambda-function.ts';
import { createLogGroup } from './log-group.ts';
import type { Tables } from './tables.ts';

export interface FavouritesApiProps {
  readonly settings: Settings;
  readonly tables: Tables;
  readonly resources: Readonly<Record<string, string>>;
}

const handlerEntry = join(import.meta.dirname, '../../src/api/handler.ts');

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
      name: Stack.of(this).stackName,
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
    this.#stage(settings);
  }

  #handler({ settings, tables, resources }: FavouritesApiProps): LambdaFunction {
    const { rankingShards, previousRankingShards = rankingShards, api } = settings;
    const { servedTimeWindows = windowKinds } = api;
    const served = Object.entries(settings.timeWindows).filter(([kind]) =>
      servedTimeWindows.some((name) => name === kind),
    );
    const handler = new LambdaFunction(this, 'Handler', {
      description: 'API: favourites of users, counts and ranking of restaurants',
      service: 'api',
      entry: handlerEntry,
      variables: apiVariables,
      settings: {
        ...settings,
        timeWindows: Object.fromEntries(served),
        rankingShards: Math.max(rankingShards, previousRankingShards),
      },
      resources,
      size: api,
    });
    if (isDefaultSource(settings.source)) {
      tables.grantMark(handler);
      tables.grantRead(handler, 'favourites', ['GetItem']);
      tables.grantQueryIndex(handler, 'byUser');
    }
    tables.grantRead(handler, 'aggregatedFavourites', ['BatchGetItem']);
    tables.grantQueryIndex(handler, 'ranking');
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
    const route = new CfnRoute(this, 'PreflightRoute', {
      apiId: this.apiId,
      routeKey: 'OPTIONS /{proxy+}',
      target,
      authorizationType: 'NONE',
    });
    Validations.of(route).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        'Only for preflights, which browsers send without credentials; the handler answers 405 to OPTIONS.',
    });
  }

  #stage({ api, logs }: Settings): void {
    const log = createLogGroup(this, { settings: logs, deliveredBy: 'apis' });
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
