/**
 * The bundler replaces `@aws-sdk/credential-provider-node` with this. Lambda sets the credentials as
 * environment variables when it starts an execution environment, and they need no refresh. The original also
 * reads files, SSO, processes and instance metadata; that code was a third of the bundle.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
