/** The API in the template: its callers, the permissions of its function, and the fields of its log. */
import { defaultSource } from '../../src/counting/source/source.ts';
import { describe, expect, it } from '@jest/globals';
import { type SettingsOverrides, settingsFor } from '../../infra/settings/settings.ts';
import { readEnvironment } from '../../src/lambda/environment.ts';
import { apiVariables } from '../../src/lambda/settings.ts';
import { permissionsOf, permissionTextsOf } from '../support/permissions.ts';
import {
  intrinsicsOf,
  objectOf,
  resourceNamed,
  resourcesOf,
  type SynthesizedTemplate,
  synthesizeTemplate,
  variablesOf,
} from '../support/synthesized-template.ts';

const template = synthesizeTemplate(settingsFor('prod'));
const jwt = { kind: 'JWT', issuer: 'https://id.example.com/', audience: ['web', 'app'] } as const;
const other = synthesizeTemplate(
  settingsFor('dev', {
    rankingShards: 3,
    previousRankingShards: 10,
    api: {
      authorization: jwt,
      memoryMegabytes: 1024,
      timeoutSeconds: 20,
      requestsPerSecondMax: 7,
      requestsBurstMax: 9,
      corsOrigins: ['https://example.com'],
    },
    servedTimeWindows: ['MONTH'],
  }),
);
const propertiesOf = (type: string, of = template, name?: string) =>
  resourceNamed(of, `AWS::ApiGatewayV2::${type}`, name).properties;
const functionOf = (of: SynthesizedTemplate) =>
  resourceNamed(of, 'AWS::Lambda::Function', 'ApiHandlerFunction').properties;
const environmentOf = (overrides: SettingsOverrides) =>
  readEnvironment(apiVariables, variablesOf(functionOf(synthesizeTemplate(settingsFor('dev', overrides)))));

describe('the routes', () => {
  it('are a single route to the function, in the payload format that the handler reads', () => {
    expect(propertiesOf('Route')).toMatchObject({
      ApiId: 'Api',
      RouteKey: '$default',
      Target: { 'Fn::Join': ['', ['integrations/', 'ApiIntegration']] },
    });
    expect(propertiesOf('Integration')).toEqual({
      ApiId: 'Api',
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: 'ApiHandlerFunction.Arn',
      PayloadFormatVersion: '2.0',
    });
  });

  it('require a signed request by default', () => {
    expect(propertiesOf('Route')).toMatchObject({ AuthorizationType: 'AWS_IAM' });
    expect(resourcesOf(template, 'AWS::ApiGatewayV2::Authorizer')).toEqual([]);
    expect(variablesOf(functionOf(template))['API_AUTHORIZATION_KIND']).toBe('IAM');
  });

  it('require a token of the issuer when the settings name an issuer', () => {
    expect(propertiesOf('Route', other, 'ApiRoute')).toMatchObject({
      AuthorizationType: 'JWT',
      AuthorizerId: 'ApiAuthorizer',
    });
    expect(propertiesOf('Authorizer', other)).toMatchObject({
      ApiId: 'Api',
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Issuer: jwt.issuer, Audience: ['web', 'app'] },
    });
    expect(variablesOf(functionOf(other))['API_AUTHORIZATION_KIND']).toBe('JWT');
  });

  it('accept preflight requests without credentials, but only when CORS is configured', () => {
    expect(propertiesOf('Api')).not.toHaveProperty('CorsConfiguration');
    const open = [template, other].map((of) =>
      resourcesOf(of, 'AWS::ApiGatewayV2::Route')
        .filter(({ properties }) => properties['AuthorizationType'] === 'NONE')
        .map(({ properties }) => properties['RouteKey']),
    );
    expect(open).toEqual([[], ['OPTIONS /{proxy+}']]);
    expect(propertiesOf('Api', other)['CorsConfiguration']).toMatchObject({
      AllowOrigins: ['https://example.com'],
      AllowMethods: ['DELETE', 'GET', 'PUT'],
      AllowHeaders: expect.arrayContaining(['authorization', 'x-amz-date']) as unknown,
    });
  });

  it('invoke a function that only this API may invoke', () => {
    const { properties } = resourceNamed(template, 'AWS::Lambda::Permission');
    expect(properties).toMatchObject({
      Action: 'lambda:InvokeFunction',
      FunctionName: 'ApiHandlerFunction.Arn',
      Principal: 'apigateway.amazonaws.com',
    });
    const [, parts] = Object.values(objectOf(objectOf(properties['SourceArn'])['Fn::Join']));
    expect(Object.values(objectOf(parts)).join('')).toBe(
      'arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:Api/*/*',
    );
  });
});

describe('the stage', () => {
  it('throttles at the limits of the settings', () => {
    expect(propertiesOf('Stage')).toMatchObject({
      ApiId: 'Api',
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 },
    });
    expect(propertiesOf('Stage', other)['DefaultRouteSettings']).toEqual({
      ThrottlingRateLimit: 7,
      ThrottlingBurstLimit: 9,
    });
  });

  it('logs no path, query, caller or address', () => {
    const { DestinationArn: destination, Format: format } = objectOf(
      propertiesOf('Stage')['AccessLogSettings'],
    );
    expect(destination).toBe('ApiLog.Arn');
    expect(
      Object.values(objectOf(JSON.parse(String(format))))
        .map(String)
        .toSorted(),
    ).toEqual([
      '$context.error.responseType',
      '$context.httpMethod',
      '$context.integration.latency',
      '$context.integration.status',
      '$context.requestId',
      '$context.requestTime',
      '$context.responseLatency',
      '$context.responseLength',
      '$context.status',
    ]);
    expect(resourceNamed(template, 'AWS::Logs::LogGroup', 'ApiLog').properties).toEqual({
      LogGroupName: '/aws/vendedlogs/apis/FavouriteCounts-prod',
      RetentionInDays: 90,
    });
  });
});

describe('the function', () => {
  it('may read and write by key, query two indexes, write its own log, and nothing else', () => {
    expect(permissionTextsOf(permissionsOf(template), 'ApiHandlerRole')).toEqual([
      'dynamodb:BatchGetItem on TablesAggregatedFavourites.Arn',
      'dynamodb:DeleteItem on TablesFavourites.Arn',
      'dynamodb:GetItem on TablesFavourites.Arn',
      'dynamodb:PutItem on TablesFavourites.Arn',
      'dynamodb:Query on TablesAggregatedFavourites.Arn/index/ranking',
      'dynamodb:Query on TablesFavourites.Arn/index/by_user',
      'logs:CreateLogStream on ApiHandlerLog.Arn',
      'logs:PutLogEvents on ApiHandlerLog.Arn',
    ]);
  });

  it('has the memory and timeout of the settings', () => {
    expect(functionOf(template)).toMatchObject({ MemorySize: 512, Timeout: 10, Role: 'ApiHandlerRole.Arn' });
    expect(functionOf(other)).toMatchObject({ MemorySize: 1024, Timeout: 20 });
  });

  it('gets exactly the variables that its handler reads', () => {
    const variables = variablesOf(functionOf(template));
    const read: string[] = [];
    const watched = new Proxy(variables, {
      get: (target, name: string) => {
        read.push(name);
        return target[name];
      },
    });
    expect(readEnvironment(apiVariables, watched)).toEqual({
      favouritesTable: 'TablesFavourites',
      aggregatedFavouritesTable: 'TablesAggregatedFavourites',
      timeWindows: { MONTH: 1130, DAY: 62 },
      timeZone: 'UTC',
      rankingShards: 10,
      ranking: {},
      authorization: 'IAM',
      basePath: '',
      source: defaultSource,
    });
    // The default source needs no variable.
    const needed = read.filter((name) => !['SOURCE', 'TIME_ZONE', 'RANKING'].includes(name));
    expect(Object.keys(variables).toSorted()).toEqual(
      [
        ...needed,
        'POWERTOOLS_LOG_LEVEL',
        'POWERTOOLS_METRICS_NAMESPACE',
        'POWERTOOLS_SERVICE_NAME',
      ].toSorted(),
    );
    expect(variables['POWERTOOLS_SERVICE_NAME']).toBe('api');
  });

  it('reads the larger number of shards during a change, and serves only the configured windows', () => {
    expect(readEnvironment(apiVariables, variablesOf(functionOf(other)))).toMatchObject({
      rankingShards: 10,
      ranking: {},
      timeWindows: { MONTH: 1130 },
    });
    expect(environmentOf({ rankingShards: 10, previousRankingShards: 3 }).rankingShards).toBe(10);
    expect(environmentOf({ servedTimeWindows: [] }).timeWindows).toEqual({});
  });
});

describe('the API', () => {
  it('can be left out, and then no role may write Favourites', () => {
    const without = synthesizeTemplate(settingsFor('dev', { api: { enabled: false } }));
    expect(without.resources.filter(({ name }) => name.startsWith('Api'))).toEqual([]);
    expect(without.outputs).not.toHaveProperty('ApiUrl');
    expect(JSON.stringify(permissionsOf(without))).not.toMatch(/DeleteItem","resource":"TablesFavourites/);
  });

  it('uses only intrinsic functions that the emulator resolves', () => {
    expect([...intrinsicsOf(other.source)].toSorted()).toEqual([
      'Fn::GetAtt',
      'Fn::Join',
      'Fn::Select',
      'Fn::Split',
      'Fn::Sub',
      'Ref',
    ]);
  });
});
