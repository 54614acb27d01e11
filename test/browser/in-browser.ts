// Without a browser these tests are skipped with a visible message. In CI they fail instead, because CI
// installs one.

import { describe } from '@jest/globals';
import { executablePath, hasBrowser } from './chromium.ts';

const isCi = process.env['CI'] === 'true';
if (!hasBrowser && !isCi) {
  process.stderr.write(
    `SKIPPED: the page of npm start needs Chromium at ${executablePath} (or CHROMIUM=PATH)\n`,
  );
}

export const describeInBrowser = hasBrowser || isCi ? describe : describe.skip;
