import { expect, it } from '@jest/globals';
it('works', () => {
  expect(process.version).toMatch(/^v24/);
  expect(import.meta.dirname).toContain('test');
});
