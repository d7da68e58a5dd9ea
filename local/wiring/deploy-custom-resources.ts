/**
 * Custom resources, created as CloudFormation would at the first deployment. Between a resource and
 * our function stands the provider framework of CDK, another function: it is skipped, and the function
 * that it names in its environment is invoked with the event that it would hand on.
 */
import type { Functions } from '../lambda/functions.ts';
import { LambdaError } from '../lambda/lambda-error.ts';
import type { Resolver } from './intrinsics.ts';
import { type Template, WiringError } from './template.ts';
import type { ForeignFunctions } from './wire-functions.ts';

export async function deployCustomResources(
  template: Template,
  resolver: Resolver,
  functions: Functions,
  foreign: ForeignFunctions,
): Promise<void> {
  const types = new Set(Object.values(template.Resources).map((resource) => resource.Type));
  const custom = [...types].filter(
    (type) => type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource',
  );
  for (const { logicalId, properties } of resolver.resources(...custom)) {
    const token = String(properties['ServiceToken']);
    const handler = foreign.get(token)?.['USER_ON_EVENT_FUNCTION_ARN'] ?? token;
    if (!functions.has(handler)) {
      throw new WiringError(`${logicalId}: there is no function ${handler}`);
    }
    try {
      await functions.invoke(handler, {
        RequestType: 'Create',
        RequestId: `create-${logicalId}`,
        StackId: 'local',
        LogicalResourceId: logicalId,
        ResourceType: template.Resources[logicalId]?.Type,
        ResponseURL: '...',
        ResourceProperties: properties,
      });
    } catch (error) {
      if (!(error instanceof LambdaError)) throw error;
      throw new WiringError(`${logicalId} was not created: ${error.message}`, { cause: error });
    }
  }
}
