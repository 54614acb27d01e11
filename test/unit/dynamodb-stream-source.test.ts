import { expect, it } from '@jest/globals';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { createDynamoDbStreamSource } from '../../infra/local/emulator/pipe/dynamodb-stream-source.ts';

const streamArn = 'arn:aws:dynamodb:eu-west-1:000000000000:table/Favourites/stream/1';

it('the stream of a table is readable beyond an item whose attribute the SDK cannot read', async () => {
  // From an answer with the attribute __proto__ the SDK makes an item with the name, and no value.
  const NewImage = { pk: { S: 'r#u' }, tags: { L: [{ S: 'a' }] }, lost: undefined };
  const streams = Object.assign(new DynamoDBStreamsClient({}), {
    send: () => Promise.resolve({ Records: [{ dynamodb: { SequenceNumber: '1', NewImage } }] }),
  });
  const page = await createDynamoDbStreamSource({ streams, streamArn }).read('shard', 'iterator');
  expect(page).toMatchObject({
    records: [{ dynamodb: { NewImage: { pk: { S: 'r#u' }, tags: { L: [{ S: 'a' }] } } } }],
  });
});
