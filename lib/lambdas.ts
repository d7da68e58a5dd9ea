/**
 * The lambdas: one function, one role, one log group each, called unversioned, so that a mend reaches
 * rollouts that are under way.
 *
 * All get the same environment. The rollout machine's ARN in it is made from the machine's fixed name: the
 * machine's definition names the lambdas, and by reference the two would wait for each other.
 */
import { Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  CfnFunction,
  type Code,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { LAMBDA_GRANTS, TRACE_GRANTS } from './grants.ts';
import {
  DEFAULT_MEMORY_MB,
  DEFAULT_TIMEOUT_SECONDS,
  LAMBDA_NAMES,
  LAMBDAS,
  type LambdaName,
  type LambdaShape,
} from './lambda-list.ts';
import { toPascalCase } from './names.ts';
import type { GrantContext } from './places.ts';
import { addRole } from './roles.ts';

export interface LambdaOptions {
  /** The bundled code of a lambda. */
  code: (name: LambdaName) => Code;
  environment: Record<string, string>;
  context: GrantContext;
  retention: RetentionDays;
  isTraced: boolean;
}

/** The function of a name; every name has one. */
export type Lambdas = (name: LambdaName) => LambdaFunction;

export function addLambdas(stack: Stack, options: LambdaOptions): Lambdas {
  const made = new Map(LAMBDA_NAMES.map((name) => [name, addLambda(stack, name, options)]));
  const find: Lambdas = (name) => {
    const found = made.get(name);
    if (found === undefined) throw new TypeError(`no lambda is called ${name}`);
    return found;
  };
  deployStartersLast(find);
  return find;
}

/** What an execution is started with may grow: no step meets an input that its release does not know. */
function deployStartersLast(find: Lambdas): void {
  const [starters = [], steps = []] = [true, false].map((starts) =>
    LAMBDA_NAMES.filter((name) => isStarter(name) === starts).map((name) => cfnOf(find(name))),
  );
  for (const starter of starters) for (const step of steps) starter.addResourceDependency(step);
}

function isStarter(name: LambdaName): boolean {
  return LAMBDA_GRANTS[name].some((grant) => grant.includes('states:StartExecution'));
}

function cfnOf(made: LambdaFunction): CfnFunction {
  const resource = made.node.defaultChild;
  if (!(resource instanceof CfnFunction)) throw new TypeError(`${made.node.id} is no function`);
  return resource;
}

function addLambda(stack: Stack, name: LambdaName, options: LambdaOptions): LambdaFunction {
  const id = toPascalCase(name);
  const shape: LambdaShape = LAMBDAS[name];
  const functionName = `${stack.stackName}-${name}`;
  const logGroup = addLogGroup(stack, `${id}Log`, `/aws/lambda/${functionName}`, options.retention);
  const role = addRole(stack, `${id}Role`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: `What ${functionName} may do.`,
    context: options.context,
    grants: [...LAMBDA_GRANTS[name], ...(options.isTraced ? TRACE_GRANTS : [])],
    own: [writeLog(logGroup)],
  });
  const made = new LambdaFunction(stack, id, {
    functionName,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    code: options.code(name),
    handler: 'index.handler',
    role,
    logGroup,
    timeout: Duration.seconds(shape.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS),
    memorySize: shape.memoryMb ?? DEFAULT_MEMORY_MB,
    environment: options.environment,
  });
  // Not by `tracing`, which would add its own statement beside the table of grants.
  if (options.isTraced) cfnOf(made).tracingConfig = { mode: 'Active' };
  return made;
}

export function addLogGroup(
  stack: Stack,
  id: string,
  logGroupName: string,
  retention: RetentionDays,
): LogGroup {
  return new LogGroup(stack, id, { logGroupName, retention, removalPolicy: RemovalPolicy.DESTROY });
}

export function writeLog(logGroup: LogGroup): PolicyStatement {
  return new PolicyStatement({
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [logGroup.logGroupArn],
  });
}
