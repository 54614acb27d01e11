/** What cfn-lint and checkov find in a template, and which findings accepted-findings.json accepts. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { programOf } from './programs.ts';
import { type JsonObject, objectOf } from '../support/synthesized-template.ts';

export interface Finding {
  readonly template: string;
  readonly rule: string;
  /** A resource type, or `template` if it is about no resource. */
  readonly resource: string;
  readonly logicalId: string;
  readonly message: string;
}

export interface AcceptedFinding {
  readonly rule: string;
  /** Resource types, or `template`. Each of them must have the finding in at least one template. */
  readonly resources: readonly string[];
  readonly reason: string;
}

/** Templates, by the path of the file. */
export type TemplateFiles = ReadonlyMap<string, string>;

/** Returns one line for each finding that is not accepted, and for each accepted one that does not occur. */
export function unexplained(
  findings: readonly Finding[],
  accepted: readonly AcceptedFinding[],
): readonly string[] {
  const keyOf = (rule: string, resource: string): string => `${rule} of ${resource}`;
  const explained = new Set(
    accepted.flatMap(({ rule, resources }) => resources.map((at) => keyOf(rule, at))),
  );
  const found = new Set(findings.map(({ rule, resource }) => keyOf(rule, resource)));
  return [
    ...findings
      .filter(({ rule, resource }) => !explained.has(keyOf(rule, resource)))
      .map(
        ({ rule, resource, logicalId, template, message }) =>
          `${keyOf(rule, resource)} ${logicalId} in ${template} is not accepted: ${message}`,
      ),
    ...[...explained.difference(found)].map((key) => `${key} is accepted, but occurs no more: remove it`),
  ];
}

export async function lint(templates: TemplateFiles): Promise<readonly Finding[]> {
  const files = [...templates.keys()];
  const matches = (await runForJson('cfn-lint', ['--format', 'json', '--', ...files])) as readonly {
    readonly Filename: string;
    readonly Rule: { readonly Id: string };
    readonly Message: string;
    readonly Location: { readonly Path: readonly (string | number)[] | null };
  }[];
  return matches.map(({ Filename: file, Rule: rule, Message: message, Location: { Path: path } }) => {
    const logicalId = path?.[0] === 'Resources' ? String(path[1]) : '';
    return {
      template: templates.get(file) ?? file,
      rule: rule.Id,
      resource: logicalId === '' ? 'template' : typeIn(file, logicalId),
      logicalId,
      message,
    };
  });
}

/** @throws if checkov cannot read a template, or finds no resource in it */
export async function checkov(templates: TemplateFiles): Promise<readonly Finding[]> {
  const files = [...templates.keys()];
  // It would otherwise ask its maker's server for descriptions of its rules.
  const options = ['--framework', 'cloudformation', '--skip-download', '--quiet', '--output', 'json'];
  const { results, summary } = (await runForJson('checkov', [...options, '--file', ...files])) as {
    readonly results: {
      readonly failed_checks: readonly {
        readonly check_id: string;
        readonly check_name: string;
        readonly file_abs_path: string;
        /** `AWS::SQS::Queue.LogicalId` */
        readonly resource: string;
      }[];
    };
    readonly summary: { readonly parsing_errors: number; readonly resource_count: number };
  };
  if (summary.parsing_errors > 0 || summary.resource_count === 0) {
    throw new Error(`checkov could not read the templates: ${JSON.stringify(summary)}`);
  }
  return results.failed_checks.map((check) => {
    const [resource = '', logicalId = ''] = check.resource.split('.');
    const template = templates.get(check.file_abs_path) ?? check.file_abs_path;
    return { template, rule: check.check_id, resource, logicalId, message: check.check_name };
  });
}

function typeIn(file: string, logicalId: string): string {
  const template = JSON.parse(readFileSync(file, 'utf8')) as { readonly Resources: JsonObject };
  return String(objectOf(template.Resources[logicalId])['Type']);
}

/** Both programs exit with another status than 0 when they find something, so only the JSON tells. */
function runForJson(name: 'cfn-lint' | 'checkov', args: readonly string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    execFile(programOf('checks', name), args, { maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout));
      } catch (cause) {
        reject(new Error(`${name} failed: ${error?.message ?? ''}\n${stdout}\n${stderr}`, { cause }));
      }
    });
  });
}
