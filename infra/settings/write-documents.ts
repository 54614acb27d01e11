/** `npm run docs:settings`: writes every file that derives from the settings and the metrics. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsPage } from './document.ts';
import { constructFiles } from './document-construct.ts';

const root = join(import.meta.dirname, '../..');

for (const [path, text] of [['docs/settings.md', settingsPage()] as const, ...constructFiles()]) {
  writeFileSync(join(root, path), text);
}
