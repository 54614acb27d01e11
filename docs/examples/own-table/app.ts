import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { FavouriteCounts } from 'favourite-counts';

const stack = new Stack(new App(), 'Restaurants');

// Without a source, the construct creates the table of favourites too. The API is for other services.
const favourites = new FavouriteCounts(stack, 'Favourites', { api: {} });

const hearts = new NodejsFunction(stack, 'Hearts', {
  entry: 'hearts.ts',
  runtime: Runtime.NODEJS_24_X,
  timeout: Duration.seconds(10),
  bundling: { bundleAwsSDK: true },
  environment: { FAVOURITES: favourites.clientConfig },
});
favourites.grantMark(hearts);
favourites.grantReadCounts(hearts);

new CfnOutput(stack, 'HeartsName', { value: hearts.functionName });
new CfnOutput(stack, 'ApiUrl', { value: favourites.apiUrl ?? '' });
