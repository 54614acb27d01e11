import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createClient } from '../../src/lambda/clients.ts';
import { sourceFiles } from '../support/source-imports.ts';

const root = join(import.meta.dirname, '../..');

class Client {
  readonly settings: ConstructorParameters<Parameters<typeof createClient>[0]>[0];
  constructor(settings: Client['settings']) {
    this.settings = settings;
  }
}

describe('the SDK clients of the handlers', () => {
  it('are all created by one function', () => {
    const makers = sourceFiles(root, ['src']).filter((path) =>
      /new \w*Client\(/.test(readFileSync(join(root, path), 'utf8')),
    );
    expect(makers).toEqual([]);
  });

  it.each(['commit', 'redrive', 'single', 'step', 'api'] as const)(
    'for %s have no logger, and a timeout for every wait',
    (purpose) => {
      const { logger, maxAttempts, requestHandler } = createClient(Client, purpose).settings;
      expect([logger.info, logger.error]).toEqual([undefined, undefined]);
      expect(maxAttempts).toBeGreaterThan(1);
      expect(requestHandler).toMatchObject({ throwOnRequestTimeout: true, connectionTimeout: 1_000 });
      expect(requestHandler.requestTimeout).toBeLessThanOrEqual(5_000);
    },
  );
});
