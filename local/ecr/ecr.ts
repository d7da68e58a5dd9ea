/**
 * ECR: a registry whose every accepted push raises an event in the shape that real ones have.
 *
 * One PutImage, one event: an image for k platforms raises k events with an empty `image-tag` before
 * the one of its index, two tags on one digest raise two, and a push that changes nothing is refused
 * (ImageAlreadyExistsException) and raises none.
 */
import type { VirtualClock } from '../clock.ts';
import type { RaisedEvent } from '../events/cloud-event.ts';
import type { Service } from '../service.ts';
import { ServiceError } from '../service-error.ts';
import { type Arrival, arrivalEvent, imageActionEvent } from './arrival-event.ts';
import {
  imageManifest,
  indexManifest,
  parseManifest,
  type StoredManifest,
  sha256,
} from './manifest.ts';
import { answerRegistry } from './registry-calls.ts';
import { Repository } from './repository.ts';

export interface EcrOptions {
  clock: VirtualClock;
  region: string;
  accountId: string;
  emit: (event: RaisedEvent) => void;
  /** Told of an image before it is kept; refuses it by a ServiceError. */
  onImage?: (digest: string, manifest: StoredManifest) => void;
}

export interface Push {
  tag?: string;
  /** An image that is in the repository already gets the tag. Any other digest is made up by it. */
  digest?: string;
  /** Two or more make an index: `['linux/amd64', 'linux/arm64']`. */
  platforms?: readonly string[];
  /** How it comes, where it is not pushed: another event tells of it. */
  arrival?: Arrival;
}

export class Ecr implements Service {
  readonly #options: EcrOptions;
  readonly #repositories = new Map<string, Repository>();
  #pushes = 0;

  constructor(options: EcrOptions) {
    this.#options = options;
  }

  get accountId(): string {
    return this.#options.accountId;
  }

  createRepository(name: string, isImmutable = false): Repository {
    const { region, accountId, clock } = this.#options;
    const arn = `arn:aws:ecr:${region}:${accountId}:repository/${name}`;
    const repository = new Repository({ name, arn, createdAtMs: clock.nowMs(), isImmutable });
    this.#repositories.set(name, repository);
    return repository;
  }

  get repositories(): Repository[] {
    return [...this.#repositories.values()];
  }

  repository(name: string): Repository {
    const repository = this.#repositories.get(name);
    if (repository) return repository;
    const registry = `the registry with id '${this.accountId}'`;
    throw new ServiceError(
      'RepositoryNotFoundException',
      `The repository with name '${name}' does not exist in ${registry}`,
    );
  }

  /** What `docker push` or buildx does. Returns the digest that the tag points at. */
  push(repositoryName: string, { tag, digest, platforms = [], arrival }: Push): string {
    const put = (manifest: StoredManifest, as?: string, known?: string) =>
      this.putImage(repositoryName, manifest, as, known, arrival);
    const known = this.repository(repositoryName).find({ digest });
    if (known) return put(known.manifest, tag, known.digest);
    const seed = digest ?? `${repositoryName} ${++this.#pushes}`;
    if (platforms.length < 2) return put(readManifest(imageManifest(seed)), tag, digest);
    const children = platforms.map((platform) => {
      const child = readManifest(imageManifest(`${seed} ${platform}`));
      return { platform, digest: put(child) };
    });
    return put(readManifest(indexManifest(children)), tag, digest);
  }

  /** One PutImage. Throws as the service does where nothing would change or a child is missing. */
  putImage(
    repositoryName: string,
    manifest: StoredManifest,
    tag: string | undefined,
    digest: string = sha256(manifest.text),
    arrival: Arrival = { kind: 'push' },
  ): string {
    const repository = this.repository(repositoryName);
    const missing = manifest.children.filter((child) => !repository.find({ digest: child }));
    if (missing.length > 0) {
      throw new ServiceError(
        'ReferencedImagesNotFoundException',
        `Not found: ${missing.join(', ')}`,
      );
    }
    const isMove = tag !== undefined && repository.hasTag(tag);
    if (isMove && repository.isImmutable && repository.find({ tag })?.digest !== digest) {
      const text = `The image tag '${tag}' already exists in the '${repositoryName}' repository and cannot be overwritten because the tag is immutable.`;
      throw new ServiceError('ImageTagAlreadyExistsException', text);
    }
    this.#options.onImage?.(digest, manifest);
    const pushedAtMs = this.#options.clock.nowMs();
    const sizeBytes = 1_000_000 + manifest.text.length;
    if (!repository.put({ digest, manifest, pushedAtMs, sizeBytes }, tag)) {
      const named = tag === undefined ? 'null' : `'${tag}'`;
      throw new ServiceError(
        'ImageAlreadyExistsException',
        `Image with digest '${digest}' and tag ${named} already exists in the repository with name '${repositoryName}' in registry with id '${this.accountId}'`,
      );
    }
    this.#options.emit(arrivalEvent(arrival, { repository, digest, tag: tag ?? '', manifest }));
    return digest;
  }

  deleteTag(repositoryName: string, tag: string): void {
    const repository = this.repository(repositoryName);
    const image = repository.find({ tag });
    if (image === undefined) return;
    repository.deleteTag(tag);
    this.#options.emit(imageActionEvent('DELETE', { repository, ...image, tag }));
  }

  /** The image with all its tags: one event for each, one without a tag where it had none. */
  deleteImage(repositoryName: string, digest: string): void {
    const repository = this.repository(repositoryName);
    const image = repository.find({ digest });
    if (image === undefined) return;
    const tags = repository.tagsOf(digest);
    repository.deleteImage(digest);
    for (const tag of tags.length > 0 ? tags : ['']) {
      this.#options.emit(imageActionEvent('DELETE', { repository, ...image, tag }));
    }
  }

  async apply(action: string, input: Record<string, unknown>): Promise<Record<string, unknown>> {
    return answerRegistry(this, action, input);
  }
}

function readManifest(text: string): StoredManifest {
  const manifest = parseManifest(text);
  if (manifest === undefined) throw new Error('a manifest that was just made does not parse');
  return manifest;
}
