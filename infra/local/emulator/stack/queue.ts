/** AWS::SQS::Queue: a standard queue on the loopback queue server. */
import { physicalName, type ResourceKind } from './resource-kind.ts';

/** SQS's own defaults. */
const maximumMessageSizeBytesDefault = 1_048_576;
const messageRetentionSecondsDefault = 345_600;
/** SQS's limit for a queue's name. */
const nameLengthMax = 80;

export const queue: ResourceKind = {
  ignoredProperties: {
    KmsMasterKeyId: 'the queue is a file of this user’s',
    SqsManagedSseEnabled: 'the queue is a file of this user’s',
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
