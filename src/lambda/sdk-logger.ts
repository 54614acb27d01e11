import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

const ignore = (): void => undefined;

/**
 * For clients that read many items. The SDK copies every input and output, filtered, for the `info` and `error` of its
 * logger, also when the default one throws them away: a third of what an item costs here. Where they are missing, it
 * does not.
 */
export const noSdkLogger = { trace: ignore, debug: ignore, warn: ignore } as unknown as NonNullable<
  DynamoDBClientConfig['logger']
>;
