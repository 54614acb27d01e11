import { findDynamoDbLocal } from './dynamodb-local-jars.ts';
import { EMBEDDED_PACKAGE, findEmbeddedBinary } from './embedded-engine.ts';
import type { EngineName } from './engine.ts';

/**
 * The engine that this machine can run.
 * @throws with the commands that help, when there is none or not the wanted one
 */
export async function selectEngine(o: {
  readonly wanted: EngineName | undefined;
  readonly say: (line: string) => void;
  readonly embeddedBinary?: string | undefined;
  readonly missingForDynamoDbLocal?: () => Promise<string | undefined>;
}): Promise<EngineName> {
  const embedded = 'embeddedBinary' in o ? o.embeddedBinary : findEmbeddedBinary();
  if (o.wanted !== 'dynamodb-local' && embedded !== undefined) return 'embedded';
  const missing = await (o.missingForDynamoDbLocal ?? findDynamoDbLocal)();
  if (o.wanted === 'embedded') {
    throw new Error(
      `The embedded engine has no build for this platform (${EMBEDDED_PACKAGE}), or it was not installed. ` +
        `Run \`npm ci\` (not with --omit=optional), or ${missing ?? 'use --engine dynamodb-local'}.`,
    );
  }
  if (missing !== undefined) {
    const why =
      o.wanted === undefined
        ? `The embedded engine has no build for this platform (${EMBEDDED_PACKAGE}). `
        : '';
    throw new Error(
      `${why}DynamoDB Local cannot run here: ${missing}. Or give --endpoint URL of another DynamoDB.`,
    );
  }
  if (o.wanted === undefined) {
    o.say(
      `The embedded engine has no build for this platform (${EMBEDDED_PACKAGE}): using DynamoDB Local instead.`,
    );
  }
  return 'dynamodb-local';
}
