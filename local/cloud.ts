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
  const template = readTemplate(options.template);
  const cloud = new LocalCloud(options);
  const { clock, dynamo, sqs, functions, ssm, stepFunctions, account } = cloud;
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
  });
  for (const { properties, physical } of resolver.resources('AWS::SSM::Document')) {
    ssm.documents.create(physical.name, properties['Content'], clock.nowMs());
  }
  cloud.machines = wireMachines(resolver, stepFunctions, (arn) => functions.has(arn));
  wireRules(resolver, cloud);
  const random = seededRandom(options.seed + 1);
  wireEventSources(resolver, { region: account.region, sqs, functions, clock, random });

  await options.prepare?.(cloud);
  let isDeployed = false;
  clock.spawn(async () => {
    await deployCustomResources(template, resolver, functions, foreign);
    isDeployed = true;
  });
  await clock.run({ until: () => isDeployed });
  if (!isDeployed) throw new WiringError('a custom resource was never created');
  return cloud;
}
