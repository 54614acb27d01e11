/**
 * Every Node process that the tests of ministack start loads this file. A process that runs a CDK app writes
 * its cloud assembly before it exits; this file changes it then, and the CDK reads it afterwards.
 */
import { existsSync } from 'node:fs';
import { leaveOutOfAssembly } from './without-unsupported.ts';

const assembly = process.env['CDK_OUTDIR'];
process.on('exit', () => {
  if (assembly !== undefined && existsSync(assembly)) leaveOutOfAssembly(assembly);
});
