/** Writes docs/settings.md from the declarations: `npm run docs:settings`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { variableOf } from '../../src/lambda/environment.ts';
import { declarations } from './declarations.ts';
import { settingsFor, textAt } from './settings.ts';

const lead = `# Settings

Set any of these by its path, on the command line or in the \`context\` of \`cdk.json\`:

    npx cdk deploy -c stage=prod -c pipe.batchSize=500 -c timeWindows=MONTH:400,DAY:forever

    "context": { "stage": "prod", "pipe": { "batchSize": 500 }, "timeWindows": { "MONTH": 400, "DAY": "forever" } }

What is not set has the default of its stage. The command line wins over a group of \`cdk.json\`. A mistake, an unknown name too,
ends the synthesis before anything is deployed, with everything that is wrong in one line.

A handler reads the settings that have an environment variable from there; the stack sets it. To add a setting, declare it
in \`infra/settings/declarations.ts\`, or in \`src/lambda/settings.ts\` if a handler reads it; then run \`npm run docs:settings\`,
which writes this file.
`;

export function settingsDocument(): string {
  const groups = Object.groupBy(declarations.keys(), (path) => /^(.*?)\./.exec(path)?.[1] ?? '');
  const sections = Object.entries(groups).map(([group, paths = []]) =>
    [
      `## ${group === '' ? 'Stack and counts' : `\`${group}\``}`,
      '',
      '| setting | must be | default (dev / prod) | environment variable | why |',
      '|---|---|---|---|---|',
      ...paths.map(row),
      '',
    ].join('\n'),
  );
  return [lead, ...sections].join('\n');
}

function row(path: string): string {
  const declared = declarations.get(path);
  const [dev, prod] = (['dev', 'prod'] as const).map((stage) => code(textAt(path, settingsFor(stage))));
  const variable = declared !== undefined && 'path' in declared ? code(variableOf(path)) : '';
  const byDefault = dev === prod ? dev : `${dev} / ${prod}`;
  return `| \`${path}\` | ${declared?.value.expected} | ${byDefault} | ${variable} | ${declared?.why} |`;
}

const code = (text: string | undefined) => (text === undefined || text === '' ? '' : `\`${text}\``);

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, '../../docs/settings.md'), settingsDocument());
}
