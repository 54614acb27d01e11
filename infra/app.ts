/** The CDK entry: one stack per stage, `cdk synth -c stage=prod`; cdk-nag checks it as it is synthesized. */
import './local/require-node.ts';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { FavouritesStack } from './favourites-stack.ts';
import { settingsFromContext } from './settings-from-context.ts';

const app = new App();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
export const stack = new FavouritesStack(app, {
  settings: settingsFromContext((key) => app.node.tryGetContext(key) as unknown),
});
