/** Synthesizes the stack in process, for the local run and the tests. Prints nothing. */
import { App } from 'aws-cdk-lib';
import { FavouritesStack } from './favourites-stack.ts';
import type { Settings } from './settings/settings.ts';

export interface SynthesizeOptions {
  readonly settings: Settings;
  /** Where the cloud assembly is written: template, asset manifest, and each bundle as `asset.<hash>/`. */
  readonly outdir: string;
}

export interface SynthesizedStack {
  readonly stackName: string;
  readonly template: unknown;
  readonly assemblyDirectory: string;
}

/**
 * The template as it is deployed. cdk-nag does not check it here; `npm run synth` does that.
 * `Metadata['aws:asset:path']` of a function is the directory of its bundle, relative to `assemblyDirectory`.
 */
export function synthesize({ settings, outdir }: SynthesizeOptions): SynthesizedStack {
  const app = new App({
    outdir,
    analyticsReporting: false,
    // Validation takes two thirds of the time, at every start of a local run; `npm run synth` does it.
    builtinCloudFormationValidation: false,
    context: { 'aws:cdk:enable-asset-metadata': true },
  });
  const stack = new FavouritesStack(app, { settings });
  const assembly = app.synth();
  return {
    stackName: stack.stackName,
    template: assembly.getStackArtifact(stack.artifactId).template as unknown,
    assemblyDirectory: assembly.directory,
  };
}
