/** Creates the resources of one template, each after the resources that it refers to. */
import { noValue, resolveCondition, resolveValue, type Scope } from './intrinsics.ts';
import { isObject, objectOrEmpty } from '../json.ts';
import { PropertyReader } from './property-reader.ts';
import { resourceKinds } from './resource-kinds.ts';
import { alwaysIgnored, type Resource, type ResourceKind, type StackContext } from './resource-kind.ts';
import type { Template, TemplateResource } from './template.ts';

/** Parameters that the CDK CLI sets at bootstrap. No resource may refer to them. */
const ignoredParameters = new Set(['BootstrapVersion']);

/** Creates each resource once, when something first refers to it. */
export class StackResources {
  readonly #template: Template;
  readonly #context: StackContext;
  readonly #made = new Map<string, Promise<Resource>>();
  /** The resources that each resource waits for, to detect cycles. */
  readonly #waitsFor = new Map<string, Set<string>>();

  constructor(template: Template, context: StackContext) {
    this.#template = template;
    this.#context = context;
  }

  async makeAll(): Promise<readonly Resource[]> {
    const made = await Promise.all(
      Object.keys(this.#template.resources).map(async (logicalId) =>
        this.#kind(logicalId) !== undefined && (await this.#exists(logicalId))
          ? [await this.#make(logicalId)]
          : [],
      ),
    );
    return made.flat();
  }

  /** @param user the resource, or other part of the template, whose values are resolved in this scope */
  scope(user: string): Scope {
    return {
      ref: async (name, at) => {
        if (name === 'AWS::NoValue') return noValue;
        const pseudo = this.#pseudoParameter(name);
        if (pseudo !== undefined) return pseudo;
        if (name in this.#template.parameters) return this.#parameter(name, at);
        return (await this.#resource(name, user, at)).ref;
      },
      attribute: async (logicalId, attribute, at) => {
        const value = (await this.#resource(logicalId, user, at)).attributes[attribute];
        if (value !== undefined) return value;
        throw new Error(
          `The emulator does not support the attribute ${attribute} of ${logicalId} ` +
            `(${this.#type(logicalId)}) at ${at}`,
        );
      },
      condition: (name, at) => this.#condition(name, at),
      mapping: (name, at) => {
        const mapping = this.#template.mappings[name];
        if (!isObject(mapping)) throw new Error(`${at} refers to the mapping ${name}, which does not exist`);
        return mapping;
      },
    };
  }

  async #condition(name: string, at: string): Promise<boolean> {
    const condition = this.#template.conditions[name];
    if (condition === undefined)
      throw new Error(`${at} refers to the condition ${name}, which does not exist`);
    return resolveCondition(condition, this.scope(`Conditions.${name}`), `Conditions.${name}`);
  }

  async #resource(logicalId: string, user: string, at: string): Promise<Resource> {
    if (this.#template.resources[logicalId] === undefined) {
      throw new Error(`${at} refers to the resource ${logicalId}, which does not exist`);
    }
    if (this.#kind(logicalId) === undefined || !(await this.#exists(logicalId))) {
      throw new Error(
        `${at} refers to ${logicalId} (${this.#type(logicalId)}), which the emulator does not create`,
      );
    }
    if (this.#reaches(logicalId, user))
      throw new Error(`${user} and ${logicalId} depend on each other at ${at}`);
    this.#waitsFor.set(user, (this.#waitsFor.get(user) ?? new Set()).add(logicalId));
    return this.#make(logicalId);
  }

  #reaches(from: string, to: string): boolean {
    return from === to || [...(this.#waitsFor.get(from) ?? [])].some((next) => this.#reaches(next, to));
  }

  #make(logicalId: string): Promise<Resource> {
    const made = this.#made.get(logicalId) ?? this.#makeNow(logicalId);
    this.#made.set(logicalId, made);
    return made;
  }

  async #makeNow(logicalId: string): Promise<Resource> {
    const { type, properties } = this.#declared(logicalId);
    const kind = this.#kind(logicalId);
    if (kind === undefined) throw new Error(`The emulator does not create ${logicalId} (${type})`);
    const at = `${logicalId} (${type})`;
    const ignored = { ...alwaysIgnored, ...kind.ignoredProperties };
    const used = Object.entries(properties).filter(([name]) => !Object.hasOwn(ignored, name));
    const resolved = await resolveValue(Object.fromEntries(used), this.scope(logicalId), at);
    const reader = new PropertyReader(objectOrEmpty(resolved), at);
    const resource = await kind.make({ logicalId, properties: reader }, this.#context);
    reader.done();
    return resource;
  }

  async #exists(logicalId: string): Promise<boolean> {
    const { condition } = this.#declared(logicalId);
    return condition === undefined || this.#condition(condition, logicalId);
  }

  #declared(logicalId: string): TemplateResource {
    const declared = this.#template.resources[logicalId];
    if (declared === undefined) throw new Error(`The template has no resource ${logicalId}`);
    return declared;
  }

  #kind(logicalId: string): ResourceKind | undefined {
    return resourceKinds[this.#type(logicalId)];
  }

  #type(logicalId: string): string {
    return this.#declared(logicalId).type;
  }

  #parameter(name: string, at: string): unknown {
    const parameter = objectOrEmpty(this.#template.parameters[name]);
    if (
      !ignoredParameters.has(name) &&
      parameter['Type'] === 'String' &&
      parameter['Default'] !== undefined
    ) {
      return parameter['Default'];
    }
    throw new Error(
      `${at} refers to the parameter ${name}, for which the emulator has no value: ` +
        'expected a String with a Default',
    );
  }

  #pseudoParameter(name: string): string | undefined {
    const { region, accountId, stackName } = this.#context;
    const values: Readonly<Record<string, string>> = {
      'AWS::AccountId': accountId,
      'AWS::Partition': 'aws',
      'AWS::Region': region,
      'AWS::StackId': `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/local`,
      'AWS::StackName': stackName,
      'AWS::URLSuffix': 'amazonaws.com',
    };
    return values[name];
  }
}
