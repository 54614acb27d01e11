/** AWS::Pipes::Pipe: the settings of a pipe from a DynamoDB stream to a Lambda function. */
import { physicalName, type ResourceKind } from './resource-kind.ts';

export const pipe: ResourceKind = {
  ignoredProperties: {
    LogConfiguration: 'the local pipe reports errors to its caller instead of a log',
  },
  async make({ logicalId, properties }, context) {
    const name = properties.optionalText('Name') ?? physicalName(context, logicalId);
    const pipeArn = `arn:aws:pipes:${context.region}:${context.accountId}:pipe/${name}`;
    const source = properties.object('SourceParameters');
    const stream = source.object('DynamoDBStreamParameters');
    // With FIRE_AND_FORGET, the pipe would not see which records failed.
    properties
      .object('TargetParameters')
      .object('LambdaFunctionParameters')
      .oneOf('InvocationType', ['REQUEST_RESPONSE']);
    return {
      ref: name,
      attributes: { Arn: pipeArn },
      part: {
        kind: 'pipe',
        targetArn: properties.text('Target'),
        deadLetterArn: stream.object('DeadLetterConfig').text('Arn'),
        settings: {
          pipeArn,
          streamArn: properties.text('Source'),
          startingPosition: stream.oneOf('StartingPosition', ['TRIM_HORIZON', 'LATEST']),
          filterPatterns: source
            .object('FilterCriteria')
            .objects('Filters')
            .map((filter) => filter.text('Pattern')),
          // The defaults of the Pipes API.
          batchSize: stream.optionalNumber('BatchSize') ?? 100,
          maximumBatchingWindowSeconds: stream.optionalNumber('MaximumBatchingWindowInSeconds') ?? 0,
          parallelizationFactor: stream.optionalNumber('ParallelizationFactor') ?? 1,
          maximumRetryAttempts: stream.optionalNumber('MaximumRetryAttempts') ?? -1,
          maximumRecordAgeSeconds: stream.optionalNumber('MaximumRecordAgeInSeconds') ?? -1,
          onPartialBatchItemFailure: stream.has('OnPartialBatchItemFailure')
            ? stream.oneOf('OnPartialBatchItemFailure', ['AUTOMATIC_BISECT', 'NONE'])
            : 'NONE',
        },
      },
    };
  },
};
