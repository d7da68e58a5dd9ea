/** The synthesized template as tests look at it: made once for each kind of stack. */
import { synthesizeTemplate, type TemplateOptions } from '#lib/longshore-app.ts';
import { flattenReference } from '#lib/nag.ts';

export interface Resource {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is looked at, not worked with
  Properties: any;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

export function synthesize(options: TemplateOptions = {}): Record<string, Resource> {
  const env = { account: '111122223333', region: 'eu-west-1' };
  const template = synthesizeTemplate({ env, ...options });
  return template['Resources'] as Record<string, Resource>;
}

export function ofType(resources: Record<string, Resource>, type: string): [string, Resource][] {
  return Object.entries(resources).filter(([, resource]) => resource.Type === type);
}

/** The one resource of a type whose name ends so. */
export function named(resources: Record<string, Resource>, type: string, name: string): Resource {
  const found = ofType(resources, type).filter(([, { Properties }]) =>
    Object.values(Properties).some((value) => typeof value === 'string' && value.endsWith(name)),
  );
  if (found.length !== 1) throw new Error(`${found.length} resources ${type} end in ${name}`);
  return found[0]![1];
}

export interface Statement {
  owner: string;
  effect: string;
  actions: string[];
  /** Flattened: `<AWS::Partition>`, `<LogicalId.Arn>`. */
  resources: string[];
  condition: unknown;
  rest: string[];
}

/** Every statement of every IAM policy of the template, by the logical id that holds it. */
export function statementsOf(resources: Record<string, Resource>): Statement[] {
  const list = (value: unknown) => (Array.isArray(value) ? value : [value]);
  return Object.entries(resources).flatMap(([owner, { Type, Properties }]) => {
    const documents =
      Type === 'AWS::IAM::Role'
        ? (Properties.Policies ?? []).map((policy: Resource['Properties']) => policy.PolicyDocument)
        : /^AWS::IAM::(Policy|ManagedPolicy|UserPolicy|GroupPolicy|RolePolicy)$/.test(Type)
          ? [Properties.PolicyDocument]
          : [];
    return documents.flatMap((document: Resource['Properties']) =>
      document.Statement.map((statement: Resource['Properties']): Statement => {
        const { Effect, Action, Resource, Condition, ...rest } = statement;
        return {
          owner,
          effect: Effect,
          actions: list(Action ?? []),
          resources: list(Resource ?? []).map(flattenReference),
          condition: Condition,
          rest: Object.keys(rest),
        };
      }),
    );
  });
}
