/**
 * The embedded cloud: everything of a synthesized template, wired as the template says. A mistake in
 * the wiring (a placeholder that nothing fills, a target that is not there, a variable that cannot be
 * resolved) is a WiringError here, not a silence later.
 */
import { LocalCloud, type LocalCloudOptions } from './local-cloud.ts';
import { seededRandom } from './seeded-random.ts';
import { deployCustomResources } from './wiring/deploy-custom-resources.ts';
import { type BindableHandler, importHandlers } from './wiring/find-handlers.ts';
import { Resolver } from './wiring/intrinsics.ts';
import { readTemplate, WiringError } from './wiring/template.ts';
import { wireQueues, wireRules } from './wiring/wire-events.ts';
import { wireEventSources, wireFunctions } from './wiring/wire-functions.ts';
import { wireMachines } from './wiring/wire-machines.ts';
import { wireTables } from './wiring/wire-tables.ts';

export interface CloudOptions extends LocalCloudOptions {
  /** As `cdk synth` writes it. */
  template: unknown;
  /** By the file's name without `.ts`. Default: what the files of lambdas/ export. */
  handlers?: Readonly<Record<string, BindableHandler>>;
  /** Before the custom resources are created: the place for repositories, images and hosts. */
  prepare?: (cloud: LocalCloud) => void | Promise<void>;
}

export async function createCloud(options: CloudOptions): Promise<LocalCloud> {
  const cloud = new LocalCloud(options);
  const deploy = await wireStack(cloud, options);
  await options.prepare?.(cloud);
  let isDeployed = false;
  cloud.clock.spawn(async () => {
    await deploy();
    isDeployed = true;
  });
  await cloud.clock.run({ until: () => isDeployed });
  if (!isDeployed) throw new WiringError('a custom resource was never created');
  return cloud;
}

export type StackOptions = Pick<
  CloudOptions,
  'seed' | 'stackName' | 'template' | 'handlers' | 'lambdaAheadMs'
>;

/**
 * A stack of the account and region, which may be one of several. Answers what creates its custom resources, to be
 * called in a fiber; a WiringError of it may be a lambda's.
 */
export async function wireStack(
  cloud: LocalCloud,
  options: StackOptions,
): Promise<() => Promise<void>> {
  const template = readTemplate(options.template);
  const { clock, dynamo, sqs, functions, ssm, stepFunctions } = cloud;
  const { stackName = cloud.account.stackName } = options;
  const account = { ...cloud.account, stackName };
  const resolver = new Resolver(template, account);
  const handlers = options.handlers
    ? new Map(Object.entries(options.handlers))
    : await importHandlers();

  await wireTables(resolver, dynamo);
  wireQueues(resolver, sqs);
  const foreign = wireFunctions({
    resolver,
    functions,
    sqs,
    handlers,
    runtimeOf: (name, env) => cloud.addRuntime(name, env),
    aheadMs: options.lambdaAheadMs ?? (() => 0),
  });
  for (const { properties, physical } of resolver.resources('AWS::SSM::Document')) {
    ssm.documents.create(physical.name, properties['Content'], clock.nowMs());
  }
  const machines = wireMachines(resolver, stepFunctions, (arn) => functions.has(arn));
  cloud.machines = new Map([...cloud.machines, ...machines]);
  wireRules(resolver, cloud);
  const random = seededRandom(options.seed + 1);
  wireEventSources(resolver, { region: account.region, sqs, functions, clock, random });
  return () => deployCustomResources(template, resolver, functions, foreign);
}
