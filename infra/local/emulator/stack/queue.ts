/** AWS::SQS::Queue: a standard queue on the local queue server. */
import { physicalName, type ResourceKind } from './resource-kind.ts';

/** SQS's defaults. */
const maximumMessageSizeBytesDefault = 1_048_576;
const messageRetentionSecondsDefault = 345_600;
/** SQS's limit for the name of a queue. */
const nameLengthMax = 80;

export const queue: ResourceKind = {
  ignoredProperties: {
    KmsMasterKeyId: 'the queue is a file on this machine',
    SqsManagedSseEnabled: 'the queue is a file on this machine',
  },
  async make({ logicalId, properties }, context) {
    const name =
      properties.optionalText('QueueName') ?? physicalName(context, logicalId).slice(-nameLengthMax);
    const { url, arn } = context.queues.createQueue({
      name,
      maximumMessageSizeBytes:
        properties.optionalNumber('MaximumMessageSize') ?? maximumMessageSizeBytesDefault,
      messageRetentionSeconds:
        properties.optionalNumber('MessageRetentionPeriod') ?? messageRetentionSecondsDefault,
    });
    return {
      ref: url,
      attributes: { Arn: arn, QueueName: name, QueueUrl: url },
      part: { kind: 'queue', name, url, arn },
    };
  },
};
