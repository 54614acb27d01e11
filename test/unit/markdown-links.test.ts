import { describe, expect, it } from '@jest/globals';
import { anchorsOf, relativeLinks } from '../support/markdown-links.ts';

describe('relativeLinks', () => {
  it('finds inline and reference links into the repository, and no others', () => {
    const markdown = [
      'See [guide](docs/guide.md#first-step), [top](#top "Title") and ![picture](a%20b.png).',
      '[host](https://example.org/x) and [mail](mailto:x@example.org) and `[code](no.md)`',
      '[ref]: ../other.md',
      '```',
      '[fenced](no.md)',
      '```',
    ].join('\n');
    expect(relativeLinks(markdown)).toEqual([
      { path: 'docs/guide.md', anchor: 'first-step' },
      { path: '', anchor: 'top' },
      { path: 'a b.png', anchor: '' },
      { path: '../other.md', anchor: '' },
    ]);
  });
});

describe('anchorsOf', () => {
  it('derives anchors from the headings, and numbers repeated ones', () => {
    const markdown =
      '# What it `counts`, and why\n## Run it!\n## Run it!\n```\n# no\n```\n### I1 [Sum](x.md)';
    expect([...anchorsOf(markdown)]).toEqual(['what-it-counts-and-why', 'run-it', 'run-it-1', 'i1-sum']);
  });
});
