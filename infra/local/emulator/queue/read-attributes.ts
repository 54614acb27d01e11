import type { MessageAttribute, MessageAttributes } from './message.ts';
import { isFields, optionalText, requiredText, wrongType } from './request-fields.ts';
import { invalidParameter } from './sqs-error.ts';

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const ATTRIBUTES_MAX = 10;

/** @throws for more than ten attributes, an unknown type, or an empty value */
export function readAttributes(given: unknown): MessageAttributes {
  const attributes = given ?? {};
  if (!isFields(attributes)) throw wrongType('MessageAttributes', 'an object');
  const entries = Object.entries(attributes);
  if (entries.length > ATTRIBUTES_MAX) {
    throw invalidParameter(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${ATTRIBUTES_MAX}].`,
    );
  }
  return Object.fromEntries(entries.map(([name, value]) => [name, readAttribute(name, value)]));
}

function readAttribute(name: string, value: unknown): MessageAttribute {
  if (!isFields(value)) throw wrongType(`MessageAttributes.${name}`, 'an object');
  const type = requiredText(value, 'DataType');
  if (!/^(String|Number|Binary)(\..+)?$/.test(type)) {
    throw invalidParameter(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  }
  const field = type.startsWith('Binary') ? 'BinaryValue' : 'StringValue';
  const content = optionalText(value, field);
  if (content === undefined || content === '') {
    throw invalidParameter(`The message attribute '${name}' must contain a non-empty value in ${field}.`);
  }
  return field === 'BinaryValue'
    ? { DataType: type, BinaryValue: content }
    : { DataType: type, StringValue: content };
}
