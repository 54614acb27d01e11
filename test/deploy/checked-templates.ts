/** Every template that cfn-lint and checkov check. Add a template here, and it is checked. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FavouriteCounts } from '../../infra/constructs/favourite-counts.ts';
import { type SettingsOverrides, settingsFor } from '../../infra/settings/settings.ts';
import { portableStack } from '../../infra/synth/portable-stack.ts';
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
  {
    name: 'the template of favourite-counts synth',
    write: (directory) => {
      const outdir = join(directory, 'assembly');
      const { template } = portableStack(synthesize({ settings: settingsFor('prod'), outdir }));
      const file = join(directory, 'template.json');
      writeFileSync(file, JSON.stringify(template));
      return file;
    },
  },
  appWith('two constructs of another app, and what they grant', (stack) => {
    const [saves, follows] = ['Saves', 'Follows'].map(
      (name) => new FavouriteCounts(stack, name, { source: { table: existingTable(stack, name) } }),
    );
    const role = new Role(stack, 'App', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    saves?.grantReadCounts(role);
    saves?.grantMark(role);
    follows?.grantStartReconcile(role);
  }),
];

function existingTable(stack: Stack, name: string): ITable {
  const tableArn = `arn:aws:dynamodb:eu-west-1:111111111111:table/${name}`;
  const tableStreamArn = `${tableArn}/stream/2026-01-01T00:00:00.000`;
  return Table.fromTableAttributes(stack, `${name}Table`, { tableArn, tableStreamArn });
}

function appWith(name: string, fill: (stack: Stack) => void): CheckedTemplate {
  return {
    name,
    write: (directory) => {
      const app = new App({
        outdir: directory,
        analyticsReporting: false,
        builtinCloudFormationValidation: false,
      });
      const stack = new Stack(app, 'Shop');
      fill(stack);
      return app.synth().getStackArtifact(stack.artifactId).templateFullPath;
    },
  };
}

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
