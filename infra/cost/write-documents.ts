/** `npm run docs:cost`: writes the output of the commands of docs/cost.md, and its tables, into that page. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { costPage } from './document.ts';

const path = join(import.meta.dirname, '../../docs/cost.md');
writeFileSync(path, costPage(readFileSync(path, 'utf8')));
