/** The CDK entry: one stack per stage, `cdk synth -c stage=prod`. cdk-nag checks it during synthesis. */
import './local/require-node.ts';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledgeFindings } from './acknowledged-findings.ts';
import { FavouritesStack } from './favourites-stack.ts';
import { type Settings, SettingsError, settingsFromContext } from './settings/settings.ts';

const app = new App();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
export const stack = new FavouritesStack(app, { settings: settingsOrExit() });
acknowledgeFindings(stack.counts);

/** Wrong settings end the process with one line that says what to change, without a stack trace. */
function settingsOrExit(): Settings {
  try {
    return settingsFromContext(app.node.getAllContext() as Record<string, unknown>);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}
