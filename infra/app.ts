/** The CDK entry: one stack per stage, `cdk synth -c stage=prod`; cdk-nag checks it as it is synthesized. */
import './local/require-node.ts';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { FavouritesStack } from './favourites-stack.ts';
import type { Settings } from './settings/settings.ts';
import { settingsFromContext } from './settings/from-context.ts';
import { SettingsError } from './settings/validation.ts';

const app = new App();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
export const stack = new FavouritesStack(app, { settings: settingsOrExit() });

/** A setting that cannot be is the operator's to put right: one line, without a stack trace. */
function settingsOrExit(): Settings {
  try {
    return settingsFromContext((key) => app.node.tryGetContext(key) as unknown);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}
