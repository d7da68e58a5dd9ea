/** The synthesized template as tests look at it: made once for each kind of stack. */
import { synthesizeTemplate, type TemplateOptions } from '#lib/longshore-app.ts';
import { flattenReference } from '#lib/nag.ts';
import { type PropertiesOf, SHAPES, type Shaped } from './template-shapes.ts';

export interface Resource<P = Record<string, unknown>> {
  Type: string;
  Properties: P;
  DependsOn?: string[];
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}
export type Resources = Readonly<Record<string, Resource>>;

const ENVIRONMENT = { account: '111122223333', region: 'eu-west-1' };
/** Region and account as they stand in an ARN. */
export const HERE = `${ENVIRONMENT.region}:${ENVIRONMENT.account}`;

export function synthesize(options: TemplateOptions = {}): Resources {
  const template = synthesizeTemplate({ env: ENVIRONMENT, ...options });
  return template['Resources'] as Resources;
}

/** Every resource of a type, by its logical id. Throws ZodError where it has not the shape that tests read. */
export function ofType<T extends Shaped>(
  resources: Resources,
  type: T,
): [id: string, Resource<PropertiesOf<T>>][] {
  return Object.entries(resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, resource]) => {
      const Properties = SHAPES[type].parse(resource.Properties) as PropertiesOf<T>;
      return [id, { ...resource, Properties }];
    });
}

/** The one resource of a type whose name ends so, with its logical id. */
export function named<T extends Shaped>(
  resources: Resources,
  type: T,
  name: string,
): Resource<PropertiesOf<T>> & { id: string } {
  const found = ofType(resources, type).filter(([, { Properties }]) =>
    Object.values(Properties).some((value) => typeof value === 'string' && value.endsWith(name)),
  );
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(`${found.length} resources ${type} end in ${name}`);
  }
  return { id: only[0], ...only[1] };
}

export interface Statement {
  /** The logical id of the role that has it. */
  owner: string;
  effect: string;
  actions: string[];
  /** Flattened: `<AWS::Partition>`, `<LogicalId.Arn>`. */
  resources: string[];
  condition: unknown;
  rest: string[];
}

/** Every statement of every IAM policy of the template. There are policies of roles alone. */
export function statementsOf(resources: Resources): Statement[] {
  const other = Object.entries(resources).filter(([, { Type }]) =>
    /^AWS::IAM::(?!Role$|Policy$)/.test(Type),
  );
  if (other.length > 0) throw new Error(`${other.map(([id]) => id)}: IAM, and not of a role`);
  const held = [
    ...ofType(resources, 'AWS::IAM::Role').flatMap(([owner, { Properties }]) =>
      Properties.Policies.map(({ PolicyDocument }) => ({ owner, ...PolicyDocument })),
    ),
    ...ofType(resources, 'AWS::IAM::Policy').flatMap(([, { Properties }]) =>
      Properties.Roles.map(({ Ref }) => ({ owner: Ref, ...Properties.PolicyDocument })),
    ),
  ];
  return held.flatMap(({ owner, Statement }) =>
    Statement.map(({ Effect, Action, Resource, Condition, ...rest }) => ({
      owner,
      effect: Effect,
      actions: Action,
      resources: Resource.map(flattenReference),
      condition: Condition,
      rest: Object.keys(rest),
    })),
  );
}

/** What a role may do, sorted: `sqs:SendMessage on <LostEvents.Arn>`. */
export function grantsOf(resources: Resources, role: string): string[] {
  const own = statementsOf(resources).filter(({ owner }) => owner === role);
  const pairs = own.flatMap(({ actions, resources: on, effect, rest }) => {
    if (effect !== 'Allow' || rest.length > 0) throw new Error(`${role} has more than grants`);
    return actions.flatMap((action) => on.map((resource) => `${action} on ${resource}`));
  });
  return [...new Set(pairs)].sort();
}
