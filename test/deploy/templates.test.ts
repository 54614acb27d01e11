/** Checks every template with cfn-lint and checkov. accepted-findings.json lists what we accept. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { checkedTemplates } from './checked-templates.ts';
import { type AcceptedFinding, checkov, type Finding, lint, unexplained } from './findings.ts';
import { describeWith } from './programs.ts';

const accepted = JSON.parse(
  readFileSync(join(import.meta.dirname, 'accepted-findings.json'), 'utf8'),
) as readonly AcceptedFinding[];

describeWith('checks', ['cfn-lint', 'checkov'])('the templates', () => {
  const directory = temporaryDirectory();
  const templates = new Map<string, string>();
  beforeAll(async () => {
    for (const [at, { name, write }] of checkedTemplates.entries()) {
      const own = join(directory.path, String(at));
      mkdirSync(own);
      templates.set(await write(own), name);
    }
  });
  afterAll(() => directory[Symbol.dispose]());

  it('have only findings that are explained, and no explanation is too many', async () => {
    const findings = await Promise.all([lint(templates), checkov(templates)]);
    expect(unexplained(findings.flat(), accepted)).toEqual([]);
  });
});

describe('the explanation of findings', () => {
  const finding: Finding = {
    template: 'a stack',
    rule: 'CKV_1',
    resource: 'AWS::SQS::Queue',
    logicalId: 'Queue',
    message: 'Ensure it',
  };
  const explanation = { rule: 'CKV_1', resources: ['AWS::SQS::Queue'], reason: 'why' };

  it('is complete when every finding is accepted', () => {
    expect(unexplained([finding, finding], [explanation])).toEqual([]);
  });

  it('lacks a finding of another rule, or at another type of resource', () => {
    expect(unexplained([finding], [])).toEqual([
      'CKV_1 of AWS::SQS::Queue Queue in a stack is not accepted: Ensure it',
    ]);
    const elsewhere = { ...finding, resource: 'AWS::Lambda::Function' };
    expect(unexplained([finding, elsewhere], [explanation])).toEqual([
      'CKV_1 of AWS::Lambda::Function Queue in a stack is not accepted: Ensure it',
    ]);
  });

  it('has one too many when its finding occurs no more', () => {
    expect(unexplained([], [explanation])).toEqual([
      'CKV_1 of AWS::SQS::Queue is accepted, but occurs no more: remove it',
    ]);
  });
});
