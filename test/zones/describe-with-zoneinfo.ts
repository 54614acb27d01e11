/** `describe` for tests that ask Python's zoneinfo. They are skipped, and say so, where it is missing. */
import { describe, expect, it } from '@jest/globals';
import { isZoneinfoInstalled, zoneChanges } from './zoneinfo.ts';

const isInstalled = isZoneinfoInstalled();
const isCi = process.env['CI'] === 'true';

/** CI installs Python and the package, so that missing ones fail there. */
export function describeWithZoneinfo(name: string, tests: () => void): void {
  if (!isInstalled && !isCi) {
    process.stderr.write(
      `SKIPPED: ${name} (.venv/bin/python has no package tzdata: test/zones/requirements.txt says how to ` +
        'install it; or set ZONES_PYTHON=PATH)\n',
    );
  }
  (isInstalled || isCi ? describe : describe.skip)(name, () => {
    it('uses the zone data of this Node', () => {
      const [python] = zoneChanges(['UTC'], { from: 2020, to: 2021 });
      const node = process.versions['tz'];
      if (python?.version !== node) {
        const remedy = 'pin the same release in test/zones/requirements.txt, and install it again';
        throw new Error(`this Node has the zone data ${node}, the package ${python?.version}: ${remedy}`);
      }
      expect(node).toMatch(/^\d{4}[a-z]$/);
    });
    tests();
  });
}
