import { describe, expect, it } from '@jest/globals';
import { settingsFor } from '../../infra/settings.ts';
import { resourceNamed, resourcesOf, synthesizeTemplate } from '../support/synthesized-template.ts';

const tableArn = 'arn:aws:dynamodb:eu-central-1:123456789012:table/Likes';
const streamArn = `${tableArn}/stream/2026-01-02T03:04:05.678`;
const template = synthesizeTemplate(settingsFor('prod', { existingFavourites: { tableArn, streamArn } }));

describe('a stack beside an existing Favourites table', () => {
  it('creates only the two tables of the counts and that of the lease', () => {
    expect(resourcesOf(template, 'AWS::DynamoDB::Table').map(({ name }) => name)).toEqual([
      'TablesCountedFavourites',
      'TablesAggregatedFavourites',
      'TablesReconcileLease',
    ]);
  });

  it('reads the stream that the table has, and asks for no other right on it', () => {
    expect(resourceNamed(template, 'AWS::Pipes::Pipe').properties['Source']).toBe(streamArn);
    const policies = JSON.stringify(resourcesOf(template, 'AWS::IAM::Policy'));
    expect(policies.split(tableArn)).toHaveLength(2);
    expect(policies).toContain(`"Resource":"${streamArn}"`);
  });

  it('names that table in its outputs', () => {
    expect(template.outputs).toMatchObject({
      FavouritesTableName: { Value: 'Likes' },
      FavouritesStreamArn: { Value: streamArn },
    });
  });
});
