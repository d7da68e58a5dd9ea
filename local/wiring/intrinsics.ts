/**
 * CloudFormation's intrinsic functions over a template, with names and ARNs that are the same in each
 * run. What cannot be resolved is a WiringError that says where: a reference to nothing would
 * otherwise show as an odd failure of a lambda much later.
 */
import { type Account, attributeOf, type Physical, physicalOf } from './physical.ts';
import { type Resource, type Template, WiringError } from './template.ts';

/** `AWS::NoValue`: the property is as if it were not there. */
const NO_VALUE = Symbol('AWS::NoValue');

export class Resolver {
  readonly #template: Template;
  readonly #account: Account;
  readonly #physical = new Map<string, Physical>();

  constructor(template: Template, account: Account) {
    this.#template = template;
    this.#account = account;
  }

  /** Every resource of a type that its condition lets be, with its properties resolved. */
  *resources(...types: string[]): Generator<{
    logicalId: string;
    properties: Record<string, unknown>;
    physical: Physical;
    metadata: Resource['Metadata'];
  }> {
    for (const [logicalId, resource] of Object.entries(this.#template.Resources)) {
      if (!types.includes(resource.Type) || !this.#isMade(resource)) continue;
      const properties = this.resolve(resource.Properties, logicalId);
      if (!isRecord(properties)) continue;
      const physical = this.physical(logicalId, logicalId);
      yield { logicalId, properties, physical, metadata: resource.Metadata };
    }
  }

  physical(logicalId: string, where: string): Physical {
    const known = this.#physical.get(logicalId);
    if (known) return known;
    const resource = this.#template.Resources[logicalId];
    if (resource === undefined)
      throw new WiringError(`${where}: there is no resource ${logicalId}`);
    const resolve = (value: unknown) => this.resolve(value, logicalId);
    const physical = physicalOf(logicalId, resource, this.#account, resolve);
    this.#physical.set(logicalId, physical);
    return physical;
  }

  resolve(value: unknown, where: string): unknown {
    if (Array.isArray(value)) {
      return value
        .map((item: unknown, index) => this.resolve(item, `${where}[${index}]`))
        .filter((item) => item !== NO_VALUE);
    }
    if (!isRecord(value)) return value;
    const [name, ...others] = Object.keys(value);
    if (name !== undefined && others.length === 0 && isIntrinsic(name)) {
      return this.#call(name, value[name], where);
    }
    const resolved = Object.entries(value)
      .map(([key, item]) => [key, this.resolve(item, `${where}.${key}`)] as const)
      .filter(([, item]) => item !== NO_VALUE);
    return Object.fromEntries(resolved);
  }

  #isMade(resource: Resource): boolean {
    return (
      resource.Condition === undefined || this.#condition(resource.Condition, resource.Condition)
    );
  }

  #call(name: string, argument: unknown, where: string): unknown {
    switch (name) {
      case 'Ref':
        return this.#ref(text(argument, where), where);
      case 'Fn::GetAtt':
        return this.#attribute(argument, where);
      case 'Fn::Join': {
        const [separator, parts] = this.#list(argument, where);
        return this.#list(parts, where)
          .map((part) => text(part, where))
          .join(text(separator, where));
      }
      case 'Fn::Sub':
        return this.#sub(argument, where);
      case 'Fn::Select': {
        const [index, items] = this.#list(argument, where);
        return this.#list(items, where)[Number(index)];
      }
      case 'Fn::Split': {
        const [separator, whole] = this.#list(argument, where);
        return text(whole, where).split(text(separator, where));
      }
      case 'Fn::If': {
        const [condition, yes, no] = Array.isArray(argument) ? argument : [];
        const chosen: unknown = this.#condition(text(condition, where), where) ? yes : no;
        return this.resolve(chosen, where);
      }
      case 'Fn::FindInMap': {
        const [map = '', key = '', field = ''] = this.#list(argument, where).map(String);
        const found = this.#template.Mappings[map]?.[key]?.[field];
        if (found === undefined) throw new WiringError(`${where}: no ${map}.${key}.${field}`);
        return found;
      }
      case 'Fn::Base64':
        return Buffer.from(text(this.resolve(argument, where), where)).toString('base64');
      default:
        throw new WiringError(`${where}: ${name} is not known to the local cloud`);
    }
  }

  #ref(name: string, where: string): unknown {
    const { stackName, region, accountId } = this.#account;
    const pseudo: Record<string, unknown> = {
      'AWS::Region': region,
      'AWS::AccountId': accountId,
      'AWS::Partition': 'aws',
      'AWS::StackName': stackName,
      'AWS::StackId': `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/local`,
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::NoValue': NO_VALUE,
    };
    if (name in pseudo) return pseudo[name];
    const parameter = this.#template.Parameters[name];
    if (parameter?.Default !== undefined) return parameter.Default;
    return this.physical(name, where).ref;
  }

  #attribute(argument: unknown, where: string): string {
    const [logicalId = '', ...path] =
      typeof argument === 'string' ? argument.split('.') : this.#list(argument, where).map(String);
    return attributeOf(this.physical(logicalId, where), path.join('.'), where);
  }

  /** `${Name}`, `${Resource.Attribute}` and `${!Literal}`. */
  #sub(argument: unknown, where: string): string {
    const [template, given] = Array.isArray(argument) ? argument : [argument, {}];
    const variables = this.resolve(given, where);
    return text(template, where).replaceAll(/\$\{(!?)([^}]+)\}/g, (_, isLiteral, name: string) => {
      if (isLiteral) return `\${${name}}`;
      const own = isRecord(variables) ? variables[name] : undefined;
      if (own !== undefined) return text(own, where);
      return text(
        name.includes('.') ? this.#attribute(name, where) : this.#ref(name, where),
        where,
      );
    });
  }

  #condition(name: string, where: string): boolean {
    const condition = this.#template.Conditions[name];
    if (condition === undefined) throw new WiringError(`${where}: there is no condition ${name}`);
    return this.#holds(condition, where);
  }

  #holds(condition: unknown, where: string): boolean {
    const [operator, argument] = isRecord(condition) ? (Object.entries(condition)[0] ?? []) : [];
    const parts: unknown[] = Array.isArray(argument) ? argument : [];
    switch (operator) {
      case 'Condition':
        return this.#condition(text(argument, where), where);
      case 'Fn::Equals':
        return this.resolve(parts[0], where) === this.resolve(parts[1], where);
      case 'Fn::Not':
        return !this.#holds(parts[0], where);
      case 'Fn::And':
        return parts.every((part) => this.#holds(part, where));
      case 'Fn::Or':
        return parts.some((part) => this.#holds(part, where));
      default:
        throw new WiringError(`${where}: ${operator} is no condition`);
    }
  }

  #list(value: unknown, where: string): unknown[] {
    const resolved = this.resolve(value, where);
    if (!Array.isArray(resolved)) throw new WiringError(`${where}: a list is expected`);
    return resolved;
  }
}

function isIntrinsic(name: string): boolean {
  return name === 'Ref' || name.startsWith('Fn::');
}

function text(value: unknown, where: string): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new WiringError(`${where}: a text is expected, not ${JSON.stringify(value)}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
