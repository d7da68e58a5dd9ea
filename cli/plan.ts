/** `longshore policy plan`: what a policy would do now. It reads, and writes nothing anywhere. */
import { isDeepStrictEqual } from 'node:util';
import { sha256 } from '#aws/hash.ts';
import { type LookAhead, openLookAhead, readFleet, readStored, regionOf } from '#aws/look-ahead.ts';
import { listImages } from '#aws/registry.ts';
import { foreseePolicy, refuseImage } from '#core/foresee-policy.ts';
import { hasGlob, parseImagePattern } from '#core/image-pattern.ts';
import { parseImageReference, repositoryName } from '#core/image-reference.ts';
import type { PolicyFile } from '#core/policy-files.ts';
import type { Settings } from '#core/settings.ts';
import { type Around, BadInputError, type ExitCode } from './around.ts';
import { count } from './format.ts';
import { lintFiles, tellLinted } from './lint.ts';
import { planJson } from './plan-json.ts';
import type { Planned } from './planned.ts';
import { type Project, readProject } from './project.ts';
import { renderPlan } from './render-plan.ts';

export interface PlanOptions {
  image?: string;
  json?: boolean;
  /** As if now were then. */
  at?: number;
  stack?: string;
  region?: string;
}

export async function plan(name: string, options: PlanOptions, around: Around): Promise<ExitCode> {
  const { json = false } = options;
  const project = readProject(around.cwd);
  const { linted, policies } = lintFiles([name], project, around.cwd);
  const [source] = policies;
  if (linted.files.length !== 1) {
    throw new BadInputError(`${name} is not one file; name one, such as policies/shop-web.yaml`);
  }
  if (!linted.ok || source === undefined) {
    tellLinted(linted, json, around);
    return 1;
  }
  const planned = await look(source, project, options, around);
  if (typeof planned === 'string') {
    const answer = { ok: false, file: source.file, reason: planned };
    around.out.write(json ? `${JSON.stringify(answer, null, 2)}\n` : `${planned}\n`);
    return 1;
  }
  around.out.write(
    json ? `${JSON.stringify(planJson(planned), null, 2)}\n` : renderPlan(planned, around.out),
  );
  return planned.forecast.refusal === undefined ? 0 : 1;
}

/** What was foreseen, or why nothing can be. */
async function look(
  source: PolicyFile,
  { settings, stack: ownStack }: Project,
  { image, at, stack = ownStack, region: given }: PlanOptions,
  around: Around,
): Promise<Planned | string> {
  const { policy } = source;
  const wanted = wantedImage(source, image, settings);
  const { repository, tag: pushed } = wanted;
  const refusal =
    pushed === undefined ? undefined : refuseImage(policy, { repository, tag: pushed });
  if (refusal !== undefined) return refusal;
  const runtime = around.runtime(given);
  const services = openLookAhead(runtime, stack);
  const region = await regionOf(services);
  const pinned = policy.pinned_digest === undefined ? [] : [policy.pinned_digest];
  const images = await listImages(services.ecr, repository, pinned);
  // The clock is the cloud's from the first answer on.
  const nowMs = at ?? runtime.nowMs();
  if (images === undefined && pushed === undefined) {
    return `the registry of ${region} has no repository ${repository}; push an image, or say --image ${repository}:TAG`;
  }
  const hosts = await readHosts(services, source, around);
  const stored = await readStored(services, policy, repository, settings);
  const forecast = foreseePolicy({
    policy,
    settings,
    repository,
    pushed,
    images: images ?? [],
    target: stored?.target,
    activeStatus: stored?.activeStatus,
    rivals: stored?.rivals ?? [],
    hosts,
    sha256,
    nowMs,
  });
  const isDeployed = isDeepStrictEqual(stored?.policy?.document, source.document);
  return { source, repository, pushed, stack, region, nowMs, hosts, stored, isDeployed, forecast };
}

function readHosts(services: LookAhead, { policy }: PolicyFile, { err }: Around) {
  return readFleet(services, policy, (found) => err.write(`${count(found, 'host')} so far …\n`));
}

/** The repository that is looked at, and the tag that somebody has pushed, or would. */
function wantedImage(
  { policy }: PolicyFile,
  image: string | undefined,
  { registry_host }: Settings,
): { repository: string; tag?: string } {
  if (image === undefined) {
    const pattern = parseImagePattern(policy.image_pattern);
    if (pattern !== undefined && !hasGlob(pattern.repository)) {
      return { repository: repositoryName(pattern) };
    }
    throw new BadInputError(
      `${policy.image_pattern} meets several repositories; say which: --image REPOSITORY:TAG`,
    );
  }
  const reference = parseImageReference(image, registry_host);
  if (reference?.tag === undefined || reference.digest !== undefined) {
    throw new BadInputError(
      `--image ${image} is no repository with a tag; write it as shop/web:v3`,
    );
  }
  return { repository: repositoryName(reference), tag: reference.tag };
}
