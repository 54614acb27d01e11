import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { FavouriteCounts, readSourceFile } from 'favourite-counts';

const stack = new Stack(new App(), 'Shop');

// The table that this app already has. Only its stream is new.
const table = new Table(stack, 'Table', {
  partitionKey: { name: 'PK', type: AttributeType.STRING },
  sortKey: { name: 'SK', type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
  stream: StreamViewType.NEW_AND_OLD_IMAGES,
});

const likes = new FavouriteCounts(stack, 'Likes', {
  source: { table, ...readSourceFile('likes-source.json') },
  windows: { MONTH: Duration.days(400) },
});

const popular = new NodejsFunction(stack, 'Popular', {
  entry: 'popular.ts',
  runtime: Runtime.NODEJS_24_X,
  timeout: Duration.seconds(10),
  bundling: { bundleAwsSDK: true },
  environment: { LIKES: likes.clientConfig },
});
likes.grantReadCounts(popular);

new CfnOutput(stack, 'TableName', { value: table.tableName });
new CfnOutput(stack, 'PopularName', { value: popular.functionName });
