import { describe, expect, it } from '@jest/globals';
import { type BundledPackage, licencesText } from '../../infra/package/licences.ts';

const bundled = (name: string, more: Partial<BundledPackage> = {}): BundledPackage => ({
  name,
  version: '1.0.0',
  licence: 'MIT',
  text: `The licence of ${name}`,
  ...more,
});

describe('the list of licences', () => {
  it('names every package with its version and licence, and has each text once', () => {
    const shared = { text: 'The licence of two' };
    const text = licencesText([bundled('a', shared), bundled('b'), bundled('c', shared)]);
    expect(text).toContain('a 1.0.0: MIT\nb 1.0.0: MIT\nc 1.0.0: MIT\n');
    expect(text.split('The licence of two')).toHaveLength(2);
    expect(text).toContain('a\nc\n\nThe licence of two\n');
  });

  it('gives a package without a text the common one, if its licence has the same words for everybody', () => {
    const apache = { licence: 'Apache-2.0', text: 'Apache License' };
    const text = licencesText([bundled('a', { ...apache, text: '' }), bundled('b', apache)]);
    expect(text).toContain('a\nb\n\nApache License\n');
  });

  it('refuses to build with a licence that is not allowed, and names every such package', () => {
    const packages = [
      bundled('a', { licence: 'GPL-3.0' }),
      bundled('b'),
      bundled('c', { licence: 'unknown' }),
    ];
    expect(() => licencesText(packages)).toThrow(
      /a@1\.0\.0 has the licence GPL-3\.0; c@1\.0\.0 has the licence unknown/,
    );
  });

  it('refuses to build without a text that must go with the code', () => {
    expect(() => licencesText([bundled('a', { text: '' })])).toThrow('a@1.0.0 has no file with its licence');
    expect(() => licencesText([bundled('a', { licence: 'MIT-0', text: '' })])).not.toThrow();
  });
});
