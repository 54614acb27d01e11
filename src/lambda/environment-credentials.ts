/**
 * The bundler puts this in the place of `@aws-sdk/credential-provider-node`, which also looks into files,
 * SSO, processes and instance metadata. Lambda hands its role to a function in the environment; the rest is a
 * third of the bundle.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
