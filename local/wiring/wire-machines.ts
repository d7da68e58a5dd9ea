/** State machines of the template, their placeholders filled as CloudFormation fills them. */
import type { StepFunctions } from '../step-functions/service.ts';
import type { Resolver } from './intrinsics.ts';
import { WiringError } from './template.ts';

/** Returns the machines' ARNs by name. `hasFunction` knows each lambda that may be called. */
export function wireMachines(
  resolver: Resolver,
  stepFunctions: StepFunctions,
  hasFunction: (arn: string) => boolean,
): Map<string, string> {
  const machines = new Map<string, string>();
  for (const { logicalId, properties, physical } of resolver.resources(
    'AWS::StepFunctions::StateMachine',
  )) {
    const definition = fill(textOf(properties, logicalId), properties, logicalId);
    const lambdas =
      definition.match(/arn:aws:lambda:[a-z0-9-]*:\d*:function:[A-Za-z0-9_-]+/g) ?? [];
    for (const arn of lambdas) {
      if (!hasFunction(arn)) throw new WiringError(`${logicalId}: there is no function ${arn}`);
    }
    const arn = stepFunctions.createStateMachine({ name: physical.name, definition });
    machines.set(physical.name, arn);
  }
  return machines;
}

function textOf(properties: Record<string, unknown>, where: string): string {
  const { DefinitionString, Definition } = properties;
  if (typeof DefinitionString === 'string') return DefinitionString;
  if (Definition !== undefined) return JSON.stringify(Definition);
  throw new WiringError(`${where}: neither DefinitionString nor Definition is given`);
}

function fill(definition: string, properties: Record<string, unknown>, where: string): string {
  const { DefinitionSubstitutions: given } = properties;
  const substitutions = new Map(
    typeof given === 'object' && given !== null ? Object.entries(given) : [],
  );
  const missing = new Set<string>();
  const filled = definition.replaceAll(/\$\{([A-Za-z0-9_-]+)\}/g, (placeholder, name: string) => {
    const value: unknown = substitutions.get(name);
    if (value === undefined) missing.add(placeholder);
    return String(value);
  });
  if (missing.size === 0) return filled;
  throw new WiringError(`${where}: nothing stands for ${[...missing].join(', ')}`);
}
