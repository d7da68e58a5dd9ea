/** What each function of a template may call, by its role's policies: actions alone, not their resources. */
import * as z from 'zod';

const Statements = z.object({
  Statement: z.array(z.object({ Action: z.union([z.string(), z.array(z.string())]) })),
});
const GetAtt = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });
const Ref = z.object({ Ref: z.string() });
const Template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() }),
  ),
});

/** The service's name in IAM, where it is another than the SDK's model's or the emulation's. */
const PREFIXES: Readonly<Record<string, string>> = { sfn: 'states', eventbridge: 'events' };

export type Grants = ReadonlyMap<string, ReadonlySet<string>>;

export function readGrants(template: unknown): Grants {
  const resources = Object.entries(Template.parse(template).Resources);
  const byRole = new Map<string, Set<string>>();
  const grant = (role: string, document: unknown) => {
    const actions = byRole.get(role) ?? new Set<string>();
    for (const { Action } of Statements.parse(document).Statement) {
      for (const action of [Action].flat()) actions.add(action);
    }
    byRole.set(role, actions);
  };
  for (const [id, { Type, Properties = {} }] of resources) {
    if (Type === 'AWS::IAM::Role') {
      const inline = z.array(z.object({ PolicyDocument: z.unknown() })).optional();
      for (const { PolicyDocument } of inline.parse(Properties['Policies']) ?? []) {
        grant(id, PolicyDocument);
      }
    }
    if (Type === 'AWS::IAM::Policy') {
      for (const role of z.array(Ref).parse(Properties['Roles'])) {
        grant(role.Ref, Properties['PolicyDocument']);
      }
    }
  }
  const functions = resources.filter(([, { Type }]) => Type === 'AWS::Lambda::Function');
  return new Map(
    functions.flatMap(([, { Properties = {} }]) => {
      const role = GetAtt.safeParse(Properties['Role']);
      const name = Properties['FunctionName'];
      if (!role.success || typeof name !== 'string') return [];
      return [[name, byRole.get(role.data['Fn::GetAtt'][0]) ?? new Set<string>()] as const];
    }),
  );
}

/** Operations that IAM knows by another's name. */
const ACTIONS: Readonly<Record<string, string>> = { 'sqs:SendMessageBatch': 'sqs:SendMessage' };

export function actionOf(service: string, operation: string): string {
  const action = `${PREFIXES[service] ?? service}:${operation}`;
  return ACTIONS[action] ?? action;
}
