import { describe, expect, it } from '@jest/globals';
import { settingsFor } from '../../infra/settings/settings.ts';
import type { Source } from '../../src/counting/source/source.ts';
import { alarmsOf } from '../support/cloudwatch.ts';
import { permissionsOf, permissionTextsOf } from '../support/permissions.ts';
import {
  objectOf,
  resourceNamed,
  resourcesOf,
  synthesizeTemplate,
  valueAt,
  variablesOf,
} from '../support/synthesized-template.ts';

const tableArn = 'arn:aws:dynamodb:eu-central-1:123456789012:table/Likes';
const streamArn = `${tableArn}/stream/2026-01-02T03:04:05.678`;
const template = synthesizeTemplate(settingsFor('prod', { existingFavourites: { tableArn, streamArn } }));

describe('a stack beside an existing Favourites table', () => {
  it('creates only the two tables for counting and the one for the lease', () => {
    expect(resourcesOf(template, 'AWS::DynamoDB::Table').map(({ name }) => name)).toEqual([
      'TablesCountedFavourites',
      'TablesAggregatedFavourites',
      'TablesReconcileLease',
    ]);
  });

  it('may read the table and its streams, but do nothing else with them', () => {
    expect(resourceNamed(template, 'AWS::Pipes::Pipe').properties['Source']).toBe(streamArn);
    const statements = resourcesOf(template, 'AWS::IAM::Policy').flatMap(({ properties }) =>
      Object.values(objectOf(valueAt(properties, ['PolicyDocument', 'Statement']))).map(objectOf),
    );
    const onTable = statements.filter(({ Resource }) => JSON.stringify(Resource).includes(tableArn));
    const reads = /^dynamodb:(BatchGetItem|Describe\w+|Get\w+|ListStreams|Scan)$/;
    for (const { Action } of onTable)
      expect(
        [Action]
          .flat()
          .join(' ')
          .split(' ')
          .filter((action) => !reads.test(action)),
      ).toEqual([]);
    expect(new Set(onTable.map(({ Resource }) => Resource))).toEqual(
      new Set([streamArn, tableArn, `${tableArn}/stream/*`]),
    );
  });

  it('has no API unless the settings ask for one, because the application writes that table itself', () => {
    expect(resourcesOf(template, 'AWS::ApiGatewayV2::Api')).toEqual([]);
    expect(template.outputs).not.toHaveProperty('ApiUrl');
    const asked = synthesizeTemplate(
      settingsFor('prod', { existingFavourites: { tableArn, streamArn }, api: { enabled: true } }),
    );
    const { properties } = resourceNamed(asked, 'AWS::Lambda::Function', 'ApiHandlerFunction');
    expect(variablesOf(properties)['FAVOURITES_TABLE']).toBe('Likes');
    expect(permissionTextsOf(permissionsOf(asked), 'ApiHandlerRole')).toEqual(
      expect.arrayContaining([
        `dynamodb:PutItem on ${tableArn}`,
        `dynamodb:Query on ${tableArn}/index/by_user`,
      ]),
    );
  });

  it('never lets the API touch a table of another shape', () => {
    const source: Source = {
      key: [{ name: 'id', type: 'S' }],
      restaurant: { attribute: 'postId' },
      createdAt: { attribute: 'at', format: 'epoch-seconds' },
    };
    const existingFavourites = { tableArn, streamArn };
    const asked = synthesizeTemplate(
      settingsFor('prod', { existingFavourites, source, api: { enabled: true } }),
    );
    const allowed = permissionTextsOf(permissionsOf(asked), 'ApiHandlerRole');
    expect(allowed.length).toBeGreaterThan(0);
    expect(allowed.filter((permission) => permission.includes(tableArn))).toEqual([]);
  });

  it('lets exactly the roles that read the table decrypt it with its key, through DynamoDB alone', () => {
    const keyArn = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const encrypted = synthesizeTemplate(
      settingsFor('prod', { existingFavourites: { tableArn, streamArn, keyArn } }),
    );
    const roles = permissionsOf(encrypted).filter(({ resource }) => resource === keyArn);
    expect(new Set(roles.map(({ role }) => role))).toEqual(
      new Set(['PipeRole', 'ReconcileRedriveRole', 'ReconcileDigestRole', 'ReconcileHealRole']),
    );
    const viaDynamoDb = { StringEquals: { 'kms:ViaService': expect.anything() } };
    for (const role of roles) expect(role).toMatchObject({ action: 'kms:Decrypt', condition: viaDynamoDb });
    expect(JSON.stringify(permissionsOf(template))).not.toContain('kms:');
  });

  it('reads that table in heal', () => {
    const { properties } = resourceNamed(template, 'AWS::Lambda::Function', 'ReconcileHealFunction');
    expect(variablesOf(properties)['FAVOURITES_TABLE']).toBe('Likes');
  });

  it('redrives only dead letters of that table', () => {
    const { properties } = resourceNamed(template, 'AWS::Lambda::Function', 'ReconcileRedriveFunction');
    expect(variablesOf(properties)['FAVOURITES_TABLE_ARN']).toBe(tableArn);
  });

  it('monitors reads of that stream by the stream label', () => {
    const alarm = alarmsOf(template).find(({ name }) => name === 'ObservabilityAlarmsPipeStandsStill');
    expect(alarm?.metrics.map(({ dimensions }) => dimensions)).toContainEqual({
      TableName: 'Likes',
      StreamLabel: '2026-01-02T03:04:05.678',
      Operation: 'GetRecords',
    });
  });

  it('has the name of that table in its outputs', () => {
    expect(template.outputs).toMatchObject({
      FavouritesTableName: { Value: 'Likes' },
      FavouritesStreamArn: { Value: streamArn },
    });
  });
});
