/** What tests of DynamoDB Local need and this machine lacks. */
import { execFileSync } from 'node:child_process';

/**
 * The missing one of Java 17 and Maven. In CI the tests always run, and fail with the engine's own message.
 */
export function findMissing(): string | undefined {
  if (process.env['CI'] === 'true') return undefined;
  const missing = ['java', 'mvn'].filter((command) => {
    try {
      execFileSync(command, ['-version'], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
  return missing.length === 0 ? undefined : missing.join(' and ');
}
