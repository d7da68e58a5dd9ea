/**
 * The policies of policies/ on their way into the table: a custom resource whose properties are the documents
 * themselves, so that CloudFormation sees a change and calls apply-policies with it.
 */
import { createHash } from 'node:crypto';
import { CustomResource, type Stack } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { STORED_FORM } from '#core/stored-policy.ts';
import { addLogGroup, writeLog } from './lambdas.ts';
import { acknowledgeWildcard } from './nag.ts';
import type { GrantContext } from './places.ts';
import { addRole } from './roles.ts';

/** Lambda takes an asynchronous event of 256 KB; the properties come with an envelope, and escaped. */
const DOCUMENTS_BYTES = 180_000;

export function addDeployedPolicies(
  stack: Stack,
  options: {
    applyPolicies: IFunction;
    /** The documents as they were written, already checked. */
    documents: readonly unknown[];
    context: GrantContext;
    retention: RetentionDays;
  },
): void {
  const policies = JSON.stringify(options.documents);
  const bytes = Buffer.byteLength(policies);
  if (bytes > DOCUMENTS_BYTES) {
    throw new RangeError(
      `policies/: ${bytes} bytes do not fit into one deployment (at most ${DOCUMENTS_BYTES}); split the stack`,
    );
  }
  const name = `${stack.stackName}-policies-provider`;
  const logGroup = addLogGroup(
    stack,
    'PoliciesProviderLog',
    `/aws/lambda/${name}`,
    options.retention,
  );
  const role = addRole(stack, 'PoliciesProviderRole', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: `What ${name} may do.`,
    context: options.context,
    grants: [],
    own: [writeLog(logGroup)],
  });
  const provider = new Provider(stack, 'PoliciesProvider', {
    onEventHandler: options.applyPolicies,
    providerFunctionName: name,
    frameworkOnEventRole: role,
    logGroup,
  });
  acknowledgeWildcard(
    role,
    `${options.applyPolicies.functionArn}:*`,
    'The provider framework of CDK grants the invocation of every version of one function, ours.',
  );
  new CustomResource(stack, 'Policies', {
    serviceToken: provider.serviceToken,
    resourceType: 'Custom::LongshorePolicies',
    properties: {
      policies,
      hash: createHash('sha256').update(policies).digest('hex'),
      stored_form: STORED_FORM,
    },
  });
}
