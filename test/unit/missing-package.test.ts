import { describe, expect, it } from '@jest/globals';
import { missingPackage } from '../../infra/command-line/missing-package.ts';

/** What Node throws; Jest has a `require` of its own. */
const fromRequire = (name: string): Error =>
  Object.assign(new Error(`Cannot find module '${name}'\nRequire stack:\n- a.js`), {
    code: 'MODULE_NOT_FOUND',
  });
const fromImport = (name: string): Error =>
  Object.assign(new Error(`Cannot find package '${name}' imported from a.mjs`), {
    code: 'ERR_MODULE_NOT_FOUND',
  });

describe('missingPackage', () => {
  it.each([
    [fromRequire('aws-cdk-lib'), 'aws-cdk-lib'],
    [fromRequire('aws-cdk-lib/aws-iam'), 'aws-cdk-lib'],
    [fromRequire('@aws-sdk/client-dynamodb'), '@aws-sdk/client-dynamodb'],
    [fromImport('constructs'), 'constructs'],
  ])('says how to install what is missing: %s', (error, name) => {
    expect(missingPackage(error)).toBe(
      `This command needs the package ${name}: npm install --save-dev ${name}`,
    );
  });

  it('leaves other errors alone, also that a file is missing', () => {
    expect(missingPackage(new Error("Cannot find module 'a'"))).toBeUndefined();
    expect(missingPackage(fromRequire('./a.js'))).toBeUndefined();
    expect(missingPackage(fromRequire('/a.js'))).toBeUndefined();
    expect(missingPackage('text')).toBeUndefined();
  });
});
