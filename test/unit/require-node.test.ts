import { describe, expect, it } from '@jest/globals';
import { nodeVersionProblem } from '../../infra/local/require-node.ts';

describe('nodeVersionProblem', () => {
  it('accepts any release of the Lambda runtime, and later ones', () => {
    expect(nodeVersionProblem('24.0.0')).toBeUndefined();
    expect(nodeVersionProblem('24.21.0')).toBeUndefined();
    expect(nodeVersionProblem('26.0.0')).toBeUndefined();
  });

  it.each(['20.20.2', '22.1.0', '2.4.0'])('rejects %s in one line that says what to install', (version) => {
    const problem = nodeVersionProblem(version);
    expect(problem).toContain(`this is Node ${version}.`);
    expect(problem).toContain('needs Node 24');
    expect(problem).toContain('npm ci');
    expect(problem).not.toContain('\n');
  });
});
