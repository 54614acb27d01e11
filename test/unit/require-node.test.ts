import { describe, expect, it } from '@jest/globals';
import { nodeVersionFault } from '../../infra/local/require-node.ts';

describe('nodeVersionFault', () => {
  it('finds no fault in any release of the Lambda runtime', () => {
    expect(nodeVersionFault('24.0.0')).toBeUndefined();
    expect(nodeVersionFault('24.21.0')).toBeUndefined();
  });

  it.each(['20.20.2', '22.1.0', '26.0.0', '2.4.0', '240.0.0'])(
    'refuses %s in one line with the remedy',
    (version) => {
      const fault = nodeVersionFault(version);
      expect(fault).toContain(`runs under Node ${version}.`);
      expect(fault).toContain('needs Node 24');
      expect(fault).toContain('npm ci');
      expect(fault).not.toContain('\n');
    },
  );
});
