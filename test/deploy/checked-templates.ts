/** Every template that cfn-lint and checkov check. Add a template here, and it is checked. */
import { join } from 'node:path';
import { type SettingsOverrides, settingsFor } from '../../infra/settings/settings.ts';
import { synthesize } from '../../infra/synthesize.ts';

export interface CheckedTemplate {
  readonly name: string;
  /** Writes the template to the empty directory, and returns the path of its file. */
  readonly write: (directory: string) => string | Promise<string>;
}

const likes = 'arn:aws:dynamodb:eu-west-1:111111111111:table/Likes';

export const checkedTemplates: readonly CheckedTemplate[] = [
  stackWith('the stack of dev', 'dev'),
  stackWith('the stack of prod', 'prod'),
  stackWith('a stack beside an existing table with a key of its own', 'prod', {
    existingFavourites: {
      tableArn: likes,
      streamArn: `${likes}/stream/2026-01-01T00:00:00.000`,
      keyArn: 'arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555',
    },
  }),
  stackWith('a stack with tokens, a browser’s origin and a topic', 'dev', {
    api: {
      authorization: { kind: 'JWT', issuer: 'https://example.com', audience: ['app'] },
      corsOrigins: ['https://example.com'],
    },
    alarms: { topicArn: 'arn:aws:sns:eu-west-1:111111111111:alarms' },
  }),
];

function stackWith(name: string, stage: 'dev' | 'prod', overrides: SettingsOverrides = {}): CheckedTemplate {
  return {
    name,
    write: (directory) => {
      const { stackName, assemblyDirectory } = synthesize({
        settings: settingsFor(stage, overrides),
        outdir: directory,
      });
      return join(assemblyDirectory, `${stackName}.template.json`);
    },
  };
}
