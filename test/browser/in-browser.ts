// Browser tests are skipped, loudly, where there is no browser; in CI they then fail, for there it is
// installed.

import { describe } from '@jest/globals';
import { executablePath, hasBrowser } from './chromium.ts';

const isCi = process.env['CI'] === 'true';
if (!hasBrowser && !isCi) {
  process.stderr.write(
    `SKIPPED: the page of npm start needs Chromium at ${executablePath} (or CHROMIUM=PATH)\n`,
  );
}

export const describeInBrowser = hasBrowser || isCi ? describe : describe.skip;
