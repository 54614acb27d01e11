/**
 * Loaded into every process of Node that the tests of ministack start. One that runs a CDK app has written
 * its cloud assembly when it exits, and the CDK reads it afterwards.
 */
import { existsSync } from 'node:fs';
import { leaveOutOfAssembly } from './without-unsupported.ts';

const assembly = process.env['CDK_OUTDIR'];
process.on('exit', () => {
  if (assembly !== undefined && existsSync(assembly)) leaveOutOfAssembly(assembly);
});
